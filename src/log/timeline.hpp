// The timeline: which part of the log was written when.
#pragma once

#include "base/duration.hpp"
#include "base/result.hpp"
#include "sys/unique_fd.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace outlast::log {

enum class RecordKind : std::uint32_t {
    output = 1, ///< at `time`, the bytes from `offset` on began to arrive
    resize = 2, ///< value: rows << 16 | columns
    run = 3,    ///< value: number of the run that starts here
};

/// 24 bytes, little-endian, appended to the file `timeline`; a partial record at the end is
/// ignored.
struct TimelineRecord {
    std::int64_t time = 0; ///< ns since 1970
    std::uint64_t offset = 0;
    RecordKind kind{};
    std::uint32_t value = 0;
    bool operator==(const TimelineRecord&) const = default;
};
constexpr std::size_t timeline_record_size = 24;
static_assert(sizeof(TimelineRecord) == timeline_record_size);

/// Appends records. Points closer together than `spacing(age)` are left out, so that the file grows
/// with the logarithm of the run's age: 100,000 records in the first 2.8 hours, about 560,000 (13
/// MB) in 30 days.
class TimelineWriter {
public:
    /// `fd` is open with O_APPEND; not owned.
    TimelineWriter(int fd, Nanoseconds run_start) : m_fd(fd), m_run_start(run_start) {}

    /// Output at `offset` came at `now`. Cheap when it is too early for another point.
    void note_output(Nanoseconds now, std::uint64_t offset);
    /// Written always, until the file has 16 MB (resizes) or 64 MB (all others). Errors are
    /// ignored: a full disk must not stop the log.
    void append(const TimelineRecord& record) const;

    [[nodiscard]] static Nanoseconds spacing(Nanoseconds age);

private:
    int m_fd;
    Nanoseconds m_run_start;
    Nanoseconds m_next = 0;
};

/// Reads a timeline file. Times may jump back (a clock that was set); the search takes records in
/// file order.
class Timeline {
public:
    [[nodiscard]] static Result<Timeline> read(int fd);
    explicit Timeline(std::vector<TimelineRecord> records) : m_records(std::move(records)) {}

    /// The offset at which output not earlier than `time` begins; nothing when all of it is
    /// earlier.
    [[nodiscard]] std::optional<std::uint64_t> offset_at(Nanoseconds time) const;
    /// When the byte at `offset` was written, to the resolution of the points.
    [[nodiscard]] std::optional<Nanoseconds> time_of(std::uint64_t offset) const;
    /// [start, end) of a run in the log; end is nothing for the last one.
    struct RunRange {
        std::uint64_t start = 0;
        std::optional<std::uint64_t> end;
    };
    [[nodiscard]] std::optional<RunRange> run_range(std::uint32_t run) const;
    [[nodiscard]] const std::vector<TimelineRecord>& records() const noexcept { return m_records; }

private:
    std::vector<TimelineRecord> m_records;
};

} // namespace outlast::log
