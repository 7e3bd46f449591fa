// The timeline: which part of the log was written when.
#include "log/timeline.hpp"

#include "sys/file.hpp"

#include <algorithm>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace outlast::log {
namespace {
// Far beyond what any job's output makes; somebody drags a window's edge for days, or a clock is
// years off.
constexpr off_t most_resizes = off_t{16} << 20;
constexpr off_t most = off_t{64} << 20;
} // namespace

Nanoseconds TimelineWriter::spacing(Nanoseconds age) {
    constexpr Nanoseconds closest = 100 * ns_per_ms;
    constexpr Nanoseconds points_per_age = 100'000;
    return std::max(closest, age / points_per_age);
}

void TimelineWriter::note_output(Nanoseconds now, std::uint64_t offset) {
    const Nanoseconds gap = spacing(now - m_run_start);
    // The second test is for a clock that was set back by more than a moment.
    if (now < m_next && m_next - now <= gap) return;
    m_next = now + gap;
    append({now, offset, RecordKind::output, 0});
}

void TimelineWriter::append(const TimelineRecord& record) const {
    struct stat info {};
    if (::fstat(m_fd, &info) != 0) return;
    if (info.st_size > (record.kind == RecordKind::resize ? most_resizes : most)) return;
    // A writer that was killed, or a full disk, has left a part of a record: all later ones would
    // be out of step.
    const off_t partial = info.st_size % static_cast<off_t>(timeline_record_size);
    if (partial != 0 && ::ftruncate(m_fd, info.st_size - partial) != 0) return;
    std::array<char, timeline_record_size> bytes{};
    std::memcpy(bytes.data(), &record, bytes.size());
    (void)!::write(m_fd, bytes.data(), bytes.size());
}

Result<Timeline> Timeline::read(int fd) {
    struct stat info {};
    if (::fstat(fd, &info) != 0) return fail_errno("timeline");
    const std::size_t count = static_cast<std::size_t>(info.st_size) / timeline_record_size;
    std::vector<char> bytes(count * timeline_record_size);
    const auto have = sys::read_at(fd, bytes.data(), bytes.size(), 0);
    if (!have) return fail(have.error());
    std::vector<TimelineRecord> records(*have / timeline_record_size);
    for (std::size_t i = 0; i < records.size(); ++i) {
        std::memcpy(&records[i], bytes.data() + i * timeline_record_size, timeline_record_size);
    }
    return Timeline(std::move(records));
}

std::optional<std::uint64_t> Timeline::offset_at(Nanoseconds time) const {
    for (const TimelineRecord& record : m_records) {
        if (record.kind == RecordKind::output && record.time >= time) return record.offset;
    }
    return std::nullopt;
}

std::optional<Nanoseconds> Timeline::time_of(std::uint64_t offset) const {
    const auto after = std::upper_bound(
        m_records.begin(), m_records.end(), offset,
        [](std::uint64_t wanted, const TimelineRecord& record) { return wanted < record.offset; });
    for (auto record = after; record != m_records.begin();) {
        --record;
        if (record->kind == RecordKind::output || record->kind == RecordKind::run)
            return record->time;
    }
    return std::nullopt;
}

std::optional<Timeline::RunRange> Timeline::run_range(std::uint32_t run) const {
    std::optional<RunRange> range;
    for (const TimelineRecord& record : m_records) {
        if (record.kind != RecordKind::run) continue;
        if (record.value == run) range = RunRange{record.offset, std::nullopt};
        else if (range && !range->end) range->end = record.offset;
    }
    return range;
}

} // namespace outlast::log
