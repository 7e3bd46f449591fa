// Where the last lines that a job's terminal has shown begin.
#include "attach/text_tail.hpp"

#include "attach/log_text.hpp"

#include <algorithm>

namespace outlast::attach {
namespace {

struct Count {
    std::uint64_t all = 0;     ///< lines that match
    std::uint64_t certain = 0; ///< of them those that nothing in front of the part can change
};

Result<Count> count_lines(const log::LogFile& log, const LogRange& range, LogText& text,
                          const LinePattern* pattern) {
    Count count;
    std::uint64_t uncertain = text.renderer().size().rows;
    const auto take = [&](const LinePiece& line) {
        if (!line.begins) return;
        const bool certain = uncertain == 0;
        if (!certain) --uncertain;
        if (pattern != nullptr && !pattern->matches(line.text)) return;
        ++count.all;
        if (certain) ++count.certain;
    };
    if (auto done = read_text(log, range.begin, range.end, text, take); !done)
        return fail(done.error());
    return count;
}

} // namespace

Result<TextTail> find_text_tail(const job::JobFolder& folder, const log::LogFile& log,
                                const LogRange& range, const TailRequest& request) {
    if (request.lines == 0) return TextTail{range.end, 0};
    constexpr std::uint64_t first_part = std::uint64_t{1} << 20;
    for (std::uint64_t size = first_part;; size *= 8) {
        LogRange part = range;
        const bool whole = range.end - range.begin <= size;
        if (!whole) {
            const auto start = next_line(log, range.end - size, range.end);
            if (!start) return fail(start.error());
            part.begin = *start;
        }
        LogText text = LogText::open(folder, request.ends, log, part.begin, part.end);
        const auto count = count_lines(log, part, text, request.pattern);
        if (!count) return fail(count.error());
        if (whole || count->certain >= request.lines)
            return TextTail{part.begin, count->all - std::min(count->all, request.lines)};
    }
}

} // namespace outlast::attach
