// Waits for a log to grow and for its job to end.
#pragma once

#include "attach/job_link.hpp"
#include "log/log_file.hpp"
#include "log/tail_mark.hpp"

#include <cstdint>
#include <optional>

namespace outlast::attach {

/// Follows one job through its runs, without being seen by it. States:
/// - linked: subscribed to the keeper, which tells the end (through the keeper's own restarts);
/// - unlinked: no keeper can be had (the job is on another host of a shared folder, or its keeper
///   cannot be started anew): the record is looked at twice a second;
/// - ended: the run is over; `next_run` goes back to the first or second.
/// The output itself is only read from the file: nothing here depends on the keeper for a byte.
class LogFollower {
public:
    /// `deadline`: CLOCK_REALTIME, when to leave; 0: never.
    LogFollower(const job::JobFolder& folder, const log::LogFile& file, Nanoseconds deadline)
        : m_folder(folder), m_file(file), m_watch(file.fd()), m_deadline(deadline) {}

    /// Follows the run that `record` tells of.
    void follow(const job::Record& record);

    enum class Wake {
        more,          ///< the log goes beyond the offset
        emptied,       ///< the job has emptied its log and begins anew
        ended,         ///< and will not any more: the run is over, all its output was there before
        output_closed, ///< nobody reads our stdout any more
        time_over
    };
    /// Waits while the log ends at `offset`; `mark` knows what was read there.
    [[nodiscard]] Wake wait(std::uint64_t offset, const log::TailMark& mark);

    /// After `ended`: how.
    [[nodiscard]] const job::Record& record() const noexcept { return m_record; }
    /// After `ended`: follows a run that has begun since. When the last one was stopped by somebody
    /// it may be about to begin (outlast restart): a second is waited for it.
    [[nodiscard]] bool next_run();

private:
    void note_end();
    [[nodiscard]] bool poll_once();
    [[nodiscard]] int timeout_ms() const;

    const job::JobFolder& m_folder;
    const log::LogFile& m_file;
    log::GrowthWatch m_watch;
    Nanoseconds m_deadline;
    job::Record m_record;
    std::optional<JobLink> m_link;
    bool m_linked = false;
    bool m_ended = false;
};

} // namespace outlast::attach
