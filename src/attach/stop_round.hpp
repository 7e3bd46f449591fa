// Stops several jobs at the same time and waits until each has ended.
#pragma once

#include "attach/job_link.hpp"
#include "attach/leftover_stop.hpp"
#include "job/registry.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace outlast::attach {

struct StopOrder {
    int signal = 0;         ///< 0: as the job's spec says
    Nanoseconds grace = -1; ///< until SIGKILL; -1: as the job's spec says
    std::string by;         ///< for the fate: "outlast stop (uid 1000, pid 4711)"
};

struct StopOutcome {
    enum class How {
        stopped,       ///< it has ended, and nothing of it is left
        survived,      ///< its command has ended, but some process of it could not be ended
        already_ended, ///< it had ended before we asked, and left nothing behind
        tidied,        ///< it had ended; `leftovers` processes that it had left are gone now
        failed         ///< see `error`
    };
    How how = How::failed;
    job::Record record; ///< as it is now
    Error error;
    std::size_t leftovers = 0;
};

/// The order in which things happen: `add` asks the keeper of each job, which sends the signal and,
/// when the grace is over, SIGKILL; `wait` then waits for all of them together. A job counts as
/// stopped when its keeper has left: by then its command, its children, and those that left its
/// session have ended.
class StopRound {
public:
    explicit StopRound(StopOrder order) : m_order(std::move(order)) {}

    using Report = std::function<void(const StopOutcome&)>;
    /// Asks at once. What needs no waiting is reported at once.
    void add(const job::Registry& registry, const job::Record& record, const Report& report);
    /// Returns when all have been reported, or when `signal_fd` is readable (false then; call again
    /// to go on).
    [[nodiscard]] bool wait(int signal_fd, const Report& report);

    /// The jobs still waited for.
    [[nodiscard]] std::vector<job::Record> pending() const;

private:
    struct Stopping {
        job::JobFolder folder;
        std::unique_ptr<JobLink> link;
        job::Record ended;                       ///< when there is no link: the job had ended
        std::unique_ptr<LeftoverStop> leftovers; ///< and left something behind
        Nanoseconds kill_at = 0;                 ///< CLOCK_BOOTTIME
        Nanoseconds give_up = 0;                 ///< set once its command has ended
    };

    [[nodiscard]] Result<> ask(const Stopping& job, const job::Record& record) const;
    void add_ended(std::unique_ptr<Stopping> job, const Report& report);
    [[nodiscard]] bool is_over(Stopping& job, const Report& report);

    StopOrder m_order;
    std::vector<std::unique_ptr<Stopping>> m_jobs;
};

/// "outlast stop (uid 1000, pid 4711)", with the caller as it is.
[[nodiscard]] std::string asked_by(const std::string& command);

} // namespace outlast::attach
