// Follows the size of a log that the job writes by itself.
#include "scribe/sampler.hpp"

#include "sys/clock.hpp"
#include "sys/feature.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>

namespace outlast::scribe {
namespace {
constexpr Nanoseconds shortest = 50 * ns_per_ms;
constexpr Nanoseconds slowest_poll = 30 * ns_per_second;
} // namespace

Sampler::Sampler(sys::EventLoop& loop, int timer, const SampledLog& log)
    : m_loop(loop), m_timer(timer), m_log(log.log), m_live(log.live), m_timeline(log.timeline),
      m_bound(log.log, log.live, log.limit), m_limit(log.limit), m_end(log.live.log_end.load()) {
    // A description of our own: the notification belongs to it.
    if (auto own = sys::open_at(log.folder, ".", O_RDONLY | O_DIRECTORY))
        m_folder = std::move(*own);
}

bool Sampler::look() {
    struct stat info {};
    if (::fstat(m_log, &info) != 0) return false;
    const auto end = static_cast<std::uint64_t>(info.st_size);
    const Nanoseconds written =
        static_cast<Nanoseconds>(info.st_mtim.tv_sec) * ns_per_second + info.st_mtim.tv_nsec;
    const Nanoseconds now = sys::boottime_now();
    if (!m_mark.holds(m_log)) start_over();
    const bool changed = end != m_end;
    if (changed) {
        if (m_timeline != nullptr) m_timeline->note_output(written, std::min(m_end, end));
        m_live.last_output.store(written);
        const std::uint64_t grown = end > m_end ? end - m_end : 0;
        m_end = end;
        m_live.log_end.store(end);
        m_mark.set(m_log, end);
        if (end >= m_bound.next_check()) m_bound.enforce(end);
        m_interval = next_interval(grown, now - m_looked_at);
    }
    m_looked_at = now;
    return changed;
}

/// The job has opened its output anew with O_TRUNC, as `> /dev/stderr` in a shell does. Nothing can
/// bring back what was there; it must be said.
void Sampler::start_over() {
    m_live.emptied_bytes.fetch_add(m_end);
    m_live.log_end.store(0);
    log::clear_gaps(m_live);
    m_bound = log::LogBound(m_log, m_live, m_limit);
    m_end = 0;
}

Nanoseconds Sampler::next_interval(std::uint64_t grown, Nanoseconds span) const {
    if (grown == 0) return ns_per_second;
    const double rate =
        static_cast<double>(grown) / static_cast<double>(std::max<Nanoseconds>(span, shortest));
    const std::uint64_t room = m_bound.next_check() - std::min(m_bound.next_check(), m_end);
    const double until_check = static_cast<double>(room) / rate;
    return static_cast<Nanoseconds>(
        std::clamp(until_check, static_cast<double>(shortest), static_cast<double>(ns_per_second)));
}

void Sampler::sample() {
    if (look()) {
        m_poll = ns_per_second;
        m_loop.set_timer(m_timer, sys::boottime_now() + m_interval, [this] { sample(); });
        return;
    }
    wait_for_change();
}

void Sampler::wait_for_change() {
    struct stat info {};
    // A file that was deleted is in no folder: nobody would tell of its growth.
    const bool listed = ::fstat(m_log, &info) == 0 && info.st_nlink > 0;
    const bool notified = listed && m_folder && !sys::is_switched_off(sys::Feature::dnotify) &&
                          ::fcntl(m_folder.get(), F_NOTIFY, DN_MODIFY) == 0;
    if (notified) {
        // What was written between the look and the request would be missed.
        const bool grew =
            ::fstat(m_log, &info) == 0 && static_cast<std::uint64_t>(info.st_size) != m_end;
        if (grew) m_loop.set_timer(m_timer, sys::boottime_now() + m_interval, [this] { sample(); });
        else m_loop.clear_timer(m_timer);
        return;
    }
    m_loop.set_timer(m_timer, sys::boottime_now() + m_poll, [this] { sample(); });
    m_poll = std::min(m_poll * 2, slowest_poll);
}

void Sampler::finish() {
    (void)look();
    m_loop.clear_timer(m_timer);
}

} // namespace outlast::scribe
