// When what part of a run's output was written, on a clock that leaves long silence out.
#pragma once

#include "base/duration.hpp"
#include "base/result.hpp"
#include "job/record.hpp"

#include <cstdint>
#include <vector>

namespace outlast::attach {

/// The present run of a job, from its timeline. Times count from the run's beginning.
class ReplayTrack {
public:
    /// `end`: where the log ends. Silence longer than `most_idle` takes only that long. Errors: the
    /// timeline cannot be read.
    [[nodiscard]] static Result<ReplayTrack> read(const job::JobFolder& folder,
                                                  const job::Record& record, std::uint64_t end,
                                                  Nanoseconds most_idle);

    [[nodiscard]] Nanoseconds duration() const noexcept { return m_points.back().time; }
    /// How far the log had come at `time`.
    [[nodiscard]] std::uint64_t offset_at(Nanoseconds time) const;
    /// When the output at `offset` was written.
    [[nodiscard]] Nanoseconds time_of(std::uint64_t offset) const;
    /// The time on this clock of a moment.
    [[nodiscard]] Nanoseconds time_of_moment(Nanoseconds moment) const;
    /// When something comes next after `time`; the duration when nothing does.
    [[nodiscard]] Nanoseconds next_after(Nanoseconds time) const;

private:
    struct Point {
        Nanoseconds time = 0;   ///< on this clock
        Nanoseconds moment = 0; ///< since 1970
        std::uint64_t end = 0;  ///< of what was written by then
    };
    std::vector<Point> m_points; ///< at least one
};

} // namespace outlast::attach
