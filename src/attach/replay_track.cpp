// When what part of a run's output was written, on a clock that leaves long silence out.
#include "attach/replay_track.hpp"

#include "log/timeline.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <fcntl.h>

namespace outlast::attach {

Result<ReplayTrack> ReplayTrack::read(const job::JobFolder& folder, const job::Record& record,
                                      std::uint64_t end, Nanoseconds most_idle) {
    const auto fd = sys::open_at(folder.fd.get(), "timeline", O_RDONLY | O_NOFOLLOW);
    const auto timeline = fd ? log::Timeline::read(fd->get()) : fail(fd.error());
    if (!timeline) return fail(Error(timeline.error()).within("the job's timeline"));
    const auto range = timeline->run_range(record.run);
    const std::uint64_t start = range ? range->start : 0;
    ReplayTrack track;
    // What follows a record was written at its time and up to the next one's.
    for (const log::TimelineRecord& each : timeline->records()) {
        if (each.offset < start || each.offset > end) continue;
        const bool earlier_run = each.kind == log::RecordKind::run && each.value != record.run;
        if (earlier_run) continue;
        if (track.m_points.empty()) {
            track.m_points.push_back({0, each.time, each.offset});
            continue;
        }
        Point& last = track.m_points.back();
        last.end = std::max(last.end, each.offset);
        // A clock that was set back stands still here.
        const Nanoseconds idle = std::clamp<Nanoseconds>(each.time - last.moment, 0, most_idle);
        track.m_points.push_back({last.time + idle, each.time, each.offset});
    }
    if (track.m_points.empty()) track.m_points.push_back({0, record.started, start});
    track.m_points.back().end = end;
    return track;
}

std::uint64_t ReplayTrack::offset_at(Nanoseconds time) const {
    const auto after = std::upper_bound(
        m_points.begin(), m_points.end(), time,
        [](Nanoseconds wanted, const Point& point) { return wanted < point.time; });
    return after == m_points.begin() ? m_points.front().end : std::prev(after)->end;
}

Nanoseconds ReplayTrack::time_of(std::uint64_t offset) const {
    const auto found = std::find_if(m_points.begin(), m_points.end(),
                                    [&](const Point& point) { return point.end > offset; });
    return found == m_points.end() ? duration() : found->time;
}

Nanoseconds ReplayTrack::time_of_moment(Nanoseconds moment) const {
    const auto found = std::find_if(m_points.begin(), m_points.end(),
                                    [&](const Point& point) { return point.moment >= moment; });
    return found == m_points.end() ? duration() : found->time;
}

Nanoseconds ReplayTrack::next_after(Nanoseconds time) const {
    const auto after = std::upper_bound(
        m_points.begin(), m_points.end(), time,
        [](Nanoseconds wanted, const Point& point) { return wanted < point.time; });
    return after == m_points.end() ? duration() : after->time;
}

} // namespace outlast::attach
