// Finds the output of single commands by the marks that a shell writes around them.
#include "attach/command_marks.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

namespace outlast::attach {
namespace {

constexpr std::string_view introducer = "\033]133;";
constexpr std::size_t longest_mark = 512; ///< some shells put the command line into it
constexpr std::size_t scan_piece = std::size_t{1} << 20;

struct Mark {
    char kind = 0;
    std::optional<int> code;
    std::size_t length = 0; ///< of the whole sequence; 0: it is not complete
};

/// At the introducer.
Mark parse_mark(std::string_view bytes) {
    const std::string_view rest = bytes.substr(introducer.size());
    const std::size_t end = std::min(rest.find_first_of("\a\033"), rest.size());
    const bool by_bell = end < rest.size() && rest[end] == '\a';
    const bool by_st = rest.substr(end).starts_with("\033\\");
    if ((!by_bell && !by_st) || end == 0) return {};
    Mark mark{rest[0], std::nullopt, introducer.size() + end + (by_bell ? 1 : 2)};
    int code = 0;
    const char* const last = rest.data() + end;
    if (end > 2 && rest[1] == ';' && std::from_chars(rest.data() + 2, last, code).ec == std::errc())
        mark.code = code;
    return mark;
}

class Scanner {
public:
    void take(std::uint64_t offset, const Mark& mark) {
        const bool open = !m_commands.empty() && !m_commands.back().ended;
        if (mark.kind == 'C') {
            // A nested shell, or one whose command never told its end.
            if (open) close(offset);
            m_commands.push_back({offset + mark.length, UINT64_MAX, false, std::nullopt});
        } else if (open && (mark.kind == 'D' || mark.kind == 'A')) {
            m_commands.back().code = mark.code;
            close(offset);
        }
    }
    [[nodiscard]] std::vector<CommandOutput> finish(std::uint64_t end) {
        if (!m_commands.empty() && !m_commands.back().ended) m_commands.back().end = end;
        return std::move(m_commands);
    }

private:
    void close(std::uint64_t offset) {
        m_commands.back().end = offset;
        m_commands.back().ended = true;
    }

    std::vector<CommandOutput> m_commands;
};

Result<std::vector<CommandOutput>> scan(const log::LogFile& log, std::uint64_t begin,
                                        std::uint64_t end) {
    Scanner scanner;
    std::uint64_t at = begin;
    while (at < end) {
        const auto chunk = log.read(at, std::min<std::uint64_t>(scan_piece, end - at));
        if (!chunk) return fail(chunk.error());
        if (chunk->gap) {
            at = chunk->gap->to;
            continue;
        }
        if (chunk->bytes.empty()) break;
        const std::string_view bytes = chunk->bytes;
        const bool last = at + bytes.size() >= end;
        std::size_t next = bytes.size();
        for (std::size_t found = bytes.find(introducer); found != std::string_view::npos;
             found = bytes.find(introducer, found + 1)) {
            const Mark mark = parse_mark(bytes.substr(found, longest_mark));
            if (mark.length > 0) scanner.take(at + found, mark);
        }
        // One that is cut at the end is seen whole in the next piece, and none twice.
        const std::size_t escape = bytes.rfind('\033');
        const bool cut = escape != std::string_view::npos && bytes.size() - escape < longest_mark;
        if (cut && !last && escape > 0) {
            const std::string_view tail = bytes.substr(escape);
            const bool begins = tail.size() < introducer.size()
                                    ? introducer.starts_with(tail)
                                    : tail.starts_with(introducer) && parse_mark(tail).length == 0;
            if (begins) next = escape;
        }
        at += next;
    }
    return scanner.finish(end);
}

Error no_marks() {
    return make_error(
        Errc::refused, "the output has no prompt marks, so no single command can be found in it",
        "its shell does not write them (OSC 133), or it is no shell's output",
        "eval \"$(outlast hook bash)\" in ~/.bashrc (zsh, fish: outlast hook --help) makes the "
        "shells that are started in a job write them");
}

} // namespace

Result<CommandOutput> find_command(const log::LogFile& log, std::uint64_t begin, std::uint64_t end,
                                   std::int64_t which) {
    constexpr std::uint64_t first_part = std::uint64_t{1} << 20;
    for (std::uint64_t size = first_part;; size *= 8) {
        const bool whole = which > 0 || end - begin <= size;
        const auto commands = scan(log, whole ? begin : end - size, end);
        if (!commands) return fail(commands.error());
        const auto count = static_cast<std::int64_t>(commands->size());
        const std::int64_t index = which > 0 ? which - 1 : count + which;
        if (index >= 0 && index < count) return (*commands)[static_cast<std::size_t>(index)];
        if (!whole) continue;
        if (count == 0) return fail(no_marks());
        return fail(Errc::refused, "there is no such command in the output", {},
                    "it has " + std::to_string(count) + ": -c 1 to -c " + std::to_string(count) +
                        ", or -c last");
    }
}

} // namespace outlast::attach
