// Where the last lines that a job's terminal has shown begin.
#pragma once

#include "attach/line_pattern.hpp"
#include "attach/log_range.hpp"
#include "attach/simple_line.hpp"

#include <cstdint>

namespace outlast::attach {

struct TextTail {
    std::uint64_t begin = 0;       ///< read from here on,
    std::uint64_t passed_over = 0; ///< leave out that many lines (that match), and `lines` are left
};

struct TailRequest {
    std::uint64_t lines = 0;
    const LinePattern* pattern = nullptr; ///< only lines that match count; may be null
    LineEnds ends = LineEnds::terminal;
};

/// Looks at ever larger last parts of the range, so that the end of a log of any size is found at
/// once. A part begins at a line feed; what the lines before it still had to do with those behind
/// it (a screen's height of them) is not relied on.
[[nodiscard]] Result<TextTail> find_text_tail(const job::JobFolder& folder, const log::LogFile& log,
                                              const LogRange& range, const TailRequest& request);

} // namespace outlast::attach
