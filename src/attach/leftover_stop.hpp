// Ends what a job has left running.
#pragma once

#include "base/duration.hpp"
#include "job/record.hpp"
#include "sys/unique_fd.hpp"

#include <poll.h>
#include <vector>

namespace outlast::attach {

/// What SIGKILL has not ended by then is in the kernel's hands; the keeper looks for what is left
/// every 100 ms once it kills.
constexpr Nanoseconds patience_after_kill = 3 * ns_per_second;

/// The keeper of a job that has ended is gone, so this is done from here: `signal` at once, SIGKILL
/// when the grace is over, to whatever holds the job's lock by then.
class LeftoverStop {
public:
    /// Sends the signal. `grace` in ns.
    LeftoverStop(const job::JobFolder& folder, const job::Record& record, int signal,
                 Nanoseconds grace);

    /// How many processes there were at first.
    [[nodiscard]] std::size_t count() const noexcept { return m_count; }

    enum class State { waiting, gone, survived };
    /// Where it stands; sends SIGKILL when it is time.
    [[nodiscard]] State look();
    /// Adds what is to be waited for, and brings `deadline` (CLOCK_BOOTTIME) forward.
    void add_to(std::vector<pollfd>& watch, Nanoseconds& deadline) const;

private:
    std::size_t signal_all(int signal);

    const job::JobFolder& m_folder;
    const job::Record& m_record;
    std::vector<sys::UniqueFd> m_processes;
    std::size_t m_count = 0;
    Nanoseconds m_kill_at;
    Nanoseconds m_give_up = 0; ///< set with the first SIGKILL
};

} // namespace outlast::attach
