// Tells lines that need no terminal to be read from those that do.
#include "attach/simple_line.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace outlast::attach {
namespace {

constexpr char escape = '\x1b';

/// How many bytes at the beginning are printable ASCII; eight at a time.
std::size_t printable_run(std::string_view bytes) noexcept {
    constexpr std::uint64_t each = 0x0101010101010101U;
    constexpr std::uint64_t high = each * 0x80U;
    std::size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + at, 8);
        const std::uint64_t below_blank = (word - each * 0x20U) & ~word;
        const std::uint64_t delete_or_above = word + each;
        if (((below_blank | delete_or_above | word) & high) != 0) break;
    }
    while (at < bytes.size() && bytes[at] >= ' ' && bytes[at] < '\x7f') ++at;
    return at;
}

/// The length of the colour (SGR) sequence at the beginning; 0: it is another one, or `bytes` ends
/// before that can be told.
std::size_t color_length(std::string_view bytes, bool& cut) noexcept {
    cut = false;
    if (bytes.size() >= 2 && bytes[1] != '[') return 0;
    constexpr std::size_t longest = 256;
    for (std::size_t at = 2; at < bytes.size() && at < longest; ++at) {
        if (bytes[at] == 'm') return at + 1;
        if (bytes[at] < '0' || bytes[at] > ';') return 0;
    }
    cut = bytes.size() < longest;
    return 0;
}

/// What a character that was cut may still become.
bool is_cut_character(std::string_view bytes) noexcept {
    const auto lead = static_cast<unsigned char>(bytes[0]);
    const std::size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    return lead >= 0xC2 && lead < 0xF5 && bytes.size() < wanted;
}

/// A string of C1 controls in UTF-8 is obeyed by terminals.
bool is_c1(std::string_view character) noexcept {
    return character.size() == 2 && character[0] == '\xC2' &&
           static_cast<unsigned char>(character[1]) < 0xA0;
}

LineKind kind_of_end(std::string_view rest, LineEnds ends) noexcept {
    const std::size_t returns = rest.find_first_not_of('\r');
    if (returns == std::string_view::npos) return LineKind::undecided;
    if (rest[returns] != '\n') return LineKind::complex;
    return returns > 0 || ends == LineEnds::file ? LineKind::simple : LineKind::complex;
}

} // namespace

LineKind kind_of_line(std::string_view bytes, LineEnds ends) noexcept {
    for (;;) {
        bytes.remove_prefix(printable_run(bytes));
        if (bytes.empty()) return LineKind::undecided;
        const char byte = bytes[0];
        if (byte == '\r' || byte == '\n') return kind_of_end(bytes, ends);
        std::size_t length = byte == '\t' ? 1 : 0;
        if (byte == escape) {
            bool cut = false;
            length = color_length(bytes, cut);
            if (length == 0) return cut ? LineKind::undecided : LineKind::complex;
        } else if (static_cast<unsigned char>(byte) >= 0x80) {
            length = utf8_sequence_length(bytes);
            if (length == 0)
                return is_cut_character(bytes) ? LineKind::undecided : LineKind::complex;
            if (is_c1(bytes.substr(0, length))) return LineKind::complex;
        }
        if (length == 0) return LineKind::complex;
        bytes.remove_prefix(length);
    }
}

void append_simple_text(std::string& text, std::string_view bytes) {
    while (!bytes.empty() && (bytes.back() == '\n' || bytes.back() == '\r')) bytes.remove_suffix(1);
    while (!bytes.empty()) {
        const std::size_t end = std::min(bytes.find(escape), bytes.size());
        text += bytes.substr(0, end);
        bytes.remove_prefix(end);
        bool cut = false;
        bytes.remove_prefix(bytes.empty() ? 0 : std::max<std::size_t>(color_length(bytes, cut), 1));
        if (cut) return;
    }
}

} // namespace outlast::attach
