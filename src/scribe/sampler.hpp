// Follows the size of a log that the job writes by itself, for the timeline and the bound.
#pragma once

#include "log/live_block.hpp"
#include "log/log_bound.hpp"
#include "log/tail_mark.hpp"
#include "log/timeline.hpp"
#include "sys/event_loop.hpp"
#include "sys/unique_fd.hpp"

#include <cstdint>

namespace outlast::scribe {

/// A log, and where what is learned of it goes.
struct SampledLog {
    int folder; ///< the job's folder, watched for writes; -1: nobody tells of them
    int log;    ///< the file itself
    log::LiveBlock& live;
    log::TimelineWriter* timeline; ///< null: this log has no timeline
    std::uint64_t limit;           ///< bytes on disk
};

/// One wake-up a second at most while the job writes (more only when it writes so fast that the
/// bound would be passed by much), none at all while it does not: a directory notification
/// (F_NOTIFY, fcntl(2)), which costs none of the user's inotify instances, tells when it begins
/// again. Without that: polling, ever slower, down to twice a minute.
class Sampler {
public:
    /// `timer` is the loop's timer id to use.
    Sampler(sys::EventLoop& loop, int timer, const SampledLog& log);

    void start() { sample(); }
    /// SIGIO arrived: something in the folder was written.
    void on_notification() { sample(); }
    /// The last look, when the job has ended.
    void finish();

private:
    void sample();
    bool look();
    void start_over();
    void wait_for_change();
    [[nodiscard]] Nanoseconds next_interval(std::uint64_t grown, Nanoseconds span) const;

    sys::EventLoop& m_loop;
    int m_timer;
    sys::UniqueFd m_folder;
    int m_log;
    log::LiveBlock& m_live;
    log::TimelineWriter* m_timeline;
    log::LogBound m_bound;
    std::uint64_t m_limit;
    log::TailMark m_mark;
    std::uint64_t m_end = 0;
    Nanoseconds m_looked_at = 0;
    Nanoseconds m_interval = ns_per_second;
    Nanoseconds m_poll = ns_per_second;
};

} // namespace outlast::scribe
