// Which part of a log is meant: by run, time, offset, last lines.
#pragma once

#include "attach/line_pattern.hpp"
#include "base/duration.hpp"
#include "job/record.hpp"
#include "log/log_file.hpp"

#include <cstdint>
#include <optional>

namespace outlast::attach {

/// What was asked for; each condition narrows the range.
struct RangeRequest {
    std::optional<std::uint32_t> run;
    std::optional<Nanoseconds> since; ///< output that was written at or after this moment
    std::optional<Nanoseconds> until; ///< and before this one
    std::optional<std::uint64_t> from;
    std::optional<std::uint64_t> max_bytes;
    std::optional<std::uint64_t> last_lines; ///< of what the others leave; of the lines that match
};

/// [begin, end); `limit` is where reading stops while the log grows: nothing when it does not.
struct LogRange {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::optional<std::uint64_t> limit;
};

/// Times are looked up in the folder's timeline; the log itself is read only for `last_lines`,
/// backwards, and no further than needed. `pattern` may be null. Errors: refused when the job has
/// no such run, or when its timeline is missing and needed.
[[nodiscard]] Result<LogRange> find_range(const job::JobFolder& folder, const log::LogFile& file,
                                          const RangeRequest& request, const LinePattern* pattern);

/// Where the first line begins that does so at or after `offset`; `end` when none does.
[[nodiscard]] Result<std::uint64_t> next_line(const log::LogFile& file, std::uint64_t offset,
                                              std::uint64_t end);

} // namespace outlast::attach
