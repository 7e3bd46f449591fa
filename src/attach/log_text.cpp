// A job's log as the lines that its terminal has shown.
#include "attach/log_text.hpp"

#include "sys/file.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <optional>

namespace outlast::attach {
namespace {

constexpr std::size_t text_piece = std::size_t{256} << 10;
/// A file has no width: what is wider than this and overwritten is seen as a terminal of that width
/// shows it.
constexpr terminal::Size file_size{24, terminal::most_columns, 0, 0};

/// DECSET and DECRST of the alternate screen, as all programs write it.
constexpr std::array<std::string_view, 3> switches{"\033[?1049", "\033[?47", "\033[?1047"};
constexpr std::size_t longest_switch = 8;

/// 'h' or 'l' of the switch at `at`, or 0.
char switch_at(std::string_view bytes, std::size_t at) noexcept {
    for (const std::string_view each : switches) {
        if (!bytes.substr(at).starts_with(each) || bytes.size() <= at + each.size()) continue;
        const char final = bytes[at + each.size()];
        if (final == 'h' || final == 'l') return final;
    }
    return 0;
}

enum class Which { first, last };

char find_switch(std::string_view bytes, Which which) noexcept {
    char found = 0;
    for (std::size_t at = bytes.find("\033[?"); at != std::string_view::npos;
         at = bytes.find("\033[?", at + 1)) {
        if (const char final = switch_at(bytes, at); final != 0) found = final;
        if (found != 0 && which == Which::first) return found;
    }
    return found;
}

} // namespace

bool in_alternate_screen(const log::LogFile& log, std::uint64_t from, std::uint64_t offset,
                         std::uint64_t end) {
    constexpr std::uint64_t looked_at = std::uint64_t{16} << 20;
    // What comes next tells it too: a program that leaves it was in it.
    const std::uint64_t stop = std::min(end, offset + looked_at);
    for (std::uint64_t at = offset; at < stop; at += text_piece) {
        const auto chunk =
            log.read(at, std::min<std::uint64_t>(text_piece + longest_switch, stop - at));
        if (!chunk || chunk->bytes.empty()) break;
        if (const char found = find_switch(chunk->bytes, Which::first); found != 0)
            return found == 'l';
    }
    const std::uint64_t start = std::max(from, offset - std::min(offset, looked_at));
    for (std::uint64_t at = offset; at > start;) {
        const std::uint64_t begin = at - std::min<std::uint64_t>(text_piece, at - start);
        const auto chunk = log.read(begin, static_cast<std::size_t>(at - begin) + longest_switch);
        if (!chunk || chunk->bytes.empty()) break;
        if (const char found = find_switch(chunk->bytes, Which::last); found != 0)
            return found == 'h';
        at = begin;
    }
    return false;
}

LogText::LogText(LineEnds ends, log::TerminalChanges changes)
    : m_renderer(std::make_unique<LineRenderer>(ends, ends == LineEnds::file ? file_size
                                                                             : terminal::Size())),
      m_changes(std::move(changes)) {}

LogText LogText::open(const job::JobFolder& folder, LineEnds ends, const log::LogFile& log,
                      std::uint64_t begin, std::uint64_t end) {
    sys::UniqueFd fd;
    if (ends == LineEnds::terminal) {
        if (auto timeline = sys::open_at(folder.fd.get(), "timeline", O_RDONLY | O_NOFOLLOW))
            fd = std::move(*timeline);
    }
    LogText text(ends, log::TerminalChanges(std::move(fd)));
    std::uint64_t run_start = 0;
    while (const auto record = text.m_changes.take_until(begin)) {
        if (record->kind == log::RecordKind::run) run_start = record->offset;
        text.change(*record, [](const LinePiece&) {});
    }
    const bool in_the_middle = ends == LineEnds::terminal && begin > run_start;
    if (in_the_middle && in_alternate_screen(log, run_start, begin, end))
        text.m_renderer->begin_in_alternate();
    return text;
}

void LogText::change(const log::TimelineRecord& record, const Take& take) {
    if (record.kind == log::RecordKind::run) return m_renderer->restart(m_renderer->size(), take);
    const terminal::Size size{static_cast<std::uint16_t>(record.value >> 16),
                              static_cast<std::uint16_t>(record.value & 0xFFFF), 0, 0};
    if (size.rows > 0 && size.columns > 0) m_renderer->resize(size, take);
}

void LogText::feed(std::uint64_t offset, std::string_view bytes, const Take& take) {
    m_changes.refresh();
    while (!bytes.empty()) {
        while (const auto record = m_changes.take_until(offset)) change(*record, take);
        const auto length = static_cast<std::size_t>(
            std::min<std::uint64_t>(bytes.size(), m_changes.next_offset() - offset));
        m_renderer->feed(offset, bytes.substr(0, length), take);
        offset += length;
        bytes.remove_prefix(length);
    }
}

Result<> read_text(const log::LogFile& log, std::uint64_t begin, std::uint64_t end, LogText& text,
                   const LogText::Take& take) {
    while (begin < end) {
        const auto chunk = log.read(begin, std::min<std::uint64_t>(text_piece, end - begin));
        if (!chunk) return fail(chunk.error());
        if (chunk->gap) text.flush(take);
        else if (chunk->bytes.empty()) break;
        else text.feed(begin, chunk->bytes, take);
        begin = chunk->gap ? chunk->gap->to : begin + chunk->bytes.size();
    }
    text.flush(take);
    return {};
}

} // namespace outlast::attach
