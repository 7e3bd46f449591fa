// The newest line of a log, for lists.
#include "log/last_line.hpp"

#include "base/text.hpp"
#include "log/log_file.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <unistd.h>

namespace outlast::log {
namespace {

constexpr std::string_view alternate_screen_on = "\033[?1049h";
constexpr std::string_view alternate_screen_off = "\033[?1049l";

/// Whether the line moves the cursor to a position of the screen (ECMA-48 CUP, HVP: CSI … H or f).
bool places_cursor(std::string_view line) {
    for (std::size_t at = line.find("\033["); at != std::string_view::npos;
         at = line.find("\033[", at)) {
        at += 2;
        while (at < line.size() &&
               (std::isdigit(static_cast<unsigned char>(line[at])) != 0 || line[at] == ';'))
            ++at;
        if (at < line.size() && (line[at] == 'H' || line[at] == 'f')) return true;
    }
    return false;
}

bool is_on_alternate_screen(std::string_view tail) {
    const std::size_t on = tail.rfind(alternate_screen_on);
    return on != std::string_view::npos &&
           tail.find(alternate_screen_off, on) == std::string_view::npos;
}

bool contains_word(std::string_view line, std::string_view word) {
    const auto same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == b;
    };
    return std::search(line.begin(), line.end(), word.begin(), word.end(), same) != line.end();
}

bool reads_like_error(std::string_view line) {
    constexpr std::array<std::string_view, 14> words{
        "error", "fatal",     "failed", "failure",   "exception", "panic",    "cannot",
        "can't", "could not", "denied", "not found", "no such",   "no space", "killed"};
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return contains_word(line, word); });
}

/// Takes the last line off `tail`.
std::optional<std::string_view> take_last(std::string_view& tail) {
    if (tail.empty()) return std::nullopt;
    if (tail.back() == '\n') tail.remove_suffix(1);
    const std::size_t feed = tail.rfind('\n');
    const std::size_t start = feed == std::string_view::npos ? 0 : feed + 1;
    const std::string_view line = tail.substr(start);
    tail = tail.substr(0, start);
    return line;
}

} // namespace

std::string read_tail(int directory, const std::string& name, std::size_t most) {
    const auto fd = open_log(directory, name);
    if (!fd) return {};
    const off_t end = ::lseek(fd->get(), 0, SEEK_END);
    if (end <= 0) return {};
    const auto size = std::min<std::uint64_t>(most, static_cast<std::uint64_t>(end));
    std::string tail(size, '\0');
    const auto have =
        sys::read_at(fd->get(), tail.data(), tail.size(), static_cast<std::uint64_t>(end) - size);
    tail.resize(have ? *have : 0);
    return tail;
}

std::string last_line(std::string_view tail) {
    if (is_on_alternate_screen(tail)) return {};
    while (const auto line = take_last(tail)) {
        if (places_cursor(*line)) return {};
        const std::string shown = printable_line(*line);
        if (const std::string_view text = trim(shown); !text.empty()) return std::string(text);
    }
    return {};
}

std::string last_error_line(std::string_view tail) {
    std::string_view rest = tail;
    if (!is_on_alternate_screen(tail)) {
        while (const auto line = take_last(rest)) {
            const std::string shown = printable_line(*line);
            if (reads_like_error(shown)) return std::string(trim(shown));
        }
    }
    return last_line(tail);
}

} // namespace outlast::log
