// Waits until jobs and processes have ended, or until a job has come to some point.
#pragma once

#include "attach/line_pattern.hpp"
#include "job/registry.hpp"
#include "sys/exit_status.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <poll.h>
#include <string>
#include <vector>

namespace outlast::attach {

/// What of a job is waited for: its end, and before that whatever is set here.
struct WaitGoal {
    std::shared_ptr<const LinePattern> pattern; ///< a line of its output that matches
    bool from_now = false;    ///< only output that comes from now on; else all of the present run
    Nanoseconds idle = 0;     ///< nothing was written for that long; 0: not waited for
    bool needs_input = false; ///< it waits for its user

    [[nodiscard]] bool is_end_only() const noexcept {
        return pattern == nullptr && idle == 0 && !needs_input;
    }
};

struct WaitResult {
    enum class Reason { ended, match, idle, needs_input };
    Reason reason = Reason::ended;
    /// The end was waited for: the job's own code (125 when unknown). A goal was: 0 when it was
    /// reached, 1 when the job ended without.
    int exit_code = 0;
    std::optional<int> ended_with; ///< its own code (125 when unknown), when it has ended
    std::string state;             ///< "ok", "failed (3)", "running" …
    std::string line;              ///< that matched, harmless to print
};

/// One thing that is waited for.
class Waitable {
public:
    Waitable() = default;
    Waitable(const Waitable&) = delete;
    Waitable& operator=(const Waitable&) = delete;
    Waitable(Waitable&&) = delete;
    Waitable& operator=(Waitable&&) = delete;
    virtual ~Waitable() = default;

    /// Adds the descriptors that wake it.
    virtual void watch(std::vector<pollfd>& into) const = 0;
    /// When it has to look again without being woken (CLOCK_BOOTTIME); the largest value: never.
    [[nodiscard]] virtual Nanoseconds next_look() const = 0;
    /// Never blocks. Nothing while there is more to wait for.
    [[nodiscard]] virtual Result<std::optional<WaitResult>> look() = 0;
};

/// A run of a job. An error when its keeper cannot be had.
[[nodiscard]] Result<std::unique_ptr<Waitable>>
wait_for_job(const job::Registry& registry, const job::Record& record, const WaitGoal& goal);

/// A process that is no job of ours. Its exit status comes from PIDFD_INFO_EXIT (Linux 6.15), or
/// from /proc while it is a zombie; else it is unknown. Errors: no_such_job when there is no such
/// process.
[[nodiscard]] Result<std::unique_ptr<Waitable>> wait_for_process(pid_t pid);

enum class WaitUntil { all, any };
/// Calls `report` with the index and result of each as it is settled. Returns when all (or the
/// first) are; false when `deadline` (CLOCK_BOOTTIME, 0: none) came before.
[[nodiscard]] Result<bool>
wait_for(const std::vector<std::unique_ptr<Waitable>>& waitables, WaitUntil until,
         Nanoseconds deadline, const std::function<void(std::size_t, const WaitResult&)>& report);

} // namespace outlast::attach
