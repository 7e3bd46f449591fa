// UTF-8 checks, stripping of control sequences, numbers, quoting.
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace outlast {
namespace {

constexpr unsigned char escape = 0x1b;
constexpr std::string_view replacement = "\xEF\xBF\xBD";

unsigned char byte_at(std::string_view text, std::size_t index) noexcept {
    return static_cast<unsigned char>(text[index]);
}

bool is_continuation(unsigned char byte) noexcept { return (byte & 0xC0) == 0x80; }

/// Second-byte limits that rule out overlong forms, surrogates and values above U+10FFFF.
bool second_byte_fits(unsigned char first, unsigned char second) noexcept {
    switch (first) {
    case 0xE0: return second >= 0xA0 && second <= 0xBF;
    case 0xED: return second >= 0x80 && second <= 0x9F;
    case 0xF0: return second >= 0x90 && second <= 0xBF;
    case 0xF4: return second >= 0x80 && second <= 0x8F;
    default: return is_continuation(second);
    }
}

std::size_t length_from_first(unsigned char first) noexcept {
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return 2;
    if (first >= 0xE0 && first <= 0xEF) return 3;
    if (first >= 0xF0 && first <= 0xF4) return 4;
    return 0;
}

/// Index just after the string that starts at `at` (OSC, DCS, APC, PM, SOS): it ends with ST or
/// BEL.
std::size_t skip_control_string(std::string_view text, std::size_t at) noexcept {
    for (; at < text.size(); ++at) {
        const unsigned char byte = byte_at(text, at);
        if (byte == 0x07) return at + 1;
        if (byte == 0x18 || byte == 0x1a) return at + 1;
        if (byte == escape) {
            return at + 1 < text.size() && text[at + 1] == '\\' ? at + 2 : at;
        }
    }
    return at;
}

/// Index just after the escape sequence whose ESC stands at `at`.
std::size_t skip_escape(std::string_view text, std::size_t at) noexcept {
    ++at;
    if (at >= text.size()) return at;
    const char kind = text[at];
    if (kind == '[') {
        for (++at; at < text.size(); ++at) {
            const unsigned char byte = byte_at(text, at);
            if (byte >= 0x40 && byte <= 0x7e) return at + 1;
            if (byte < 0x20 || byte > 0x7e) return at;
        }
        return at;
    }
    if (kind == ']' || kind == 'P' || kind == '_' || kind == '^' || kind == 'X') {
        return skip_control_string(text, at + 1);
    }
    while (at < text.size() && byte_at(text, at) >= 0x20 && byte_at(text, at) <= 0x2f) ++at;
    return at < text.size() ? at + 1 : at;
}

/// C1 controls in UTF-8 are 0xC2 0x80 to 0xC2 0x9F; some terminals obey them.
bool is_c1(std::string_view text, std::size_t at) noexcept {
    return byte_at(text, at) == 0xC2 && at + 1 < text.size() && byte_at(text, at + 1) < 0xA0;
}

std::uint32_t decode(std::string_view sequence) noexcept {
    const auto first = byte_at(sequence, 0);
    if (sequence.size() == 1) return first;
    std::uint32_t code = first & (0xFFU >> (sequence.size() + 1));
    for (std::size_t i = 1; i < sequence.size(); ++i)
        code = code << 6 | (byte_at(sequence, i) & 0x3F);
    return code;
}

struct CodeRange {
    std::uint32_t first;
    std::uint32_t last;
};

// The blocks that terminals draw two columns wide (East Asian Width W and F, and emoji).
constexpr std::array<CodeRange, 11> wide_ranges{{{0x1100, 0x115F},
                                                 {0x2E80, 0x303E},
                                                 {0x3041, 0x33FF},
                                                 {0x3400, 0x4DBF},
                                                 {0x4E00, 0x9FFF},
                                                 {0xA000, 0xA4CF},
                                                 {0xAC00, 0xD7A3},
                                                 {0xF900, 0xFAFF},
                                                 {0xFE30, 0xFE6F},
                                                 {0xFF00, 0xFF60},
                                                 {0x1F300, 0x1FAFF}}};
constexpr std::array<CodeRange, 4> zero_ranges{
    {{0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}}};

template <std::size_t N>
bool in_ranges(std::uint32_t code, const std::array<CodeRange, N>& ranges) noexcept {
    return std::any_of(ranges.begin(), ranges.end(), [code](const CodeRange& range) {
        return code >= range.first && code <= range.last;
    });
}

std::size_t code_width(std::uint32_t code) noexcept {
    if (in_ranges(code, zero_ranges)) return 0;
    return in_ranges(code, wide_ranges) ? 2 : 1;
}

} // namespace

std::size_t utf8_sequence_length(std::string_view text) noexcept {
    if (text.empty()) return 0;
    const std::size_t length = length_from_first(byte_at(text, 0));
    if (length <= 1 || text.size() < length) return length == 1 ? 1 : 0;
    if (!second_byte_fits(byte_at(text, 0), byte_at(text, 1))) return 0;
    for (std::size_t i = 2; i < length; ++i) {
        if (!is_continuation(byte_at(text, i))) return 0;
    }
    return length;
}

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t length = utf8_sequence_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

namespace {

/// One line made harmless; each tab becomes `tab`.
std::string strip_line(std::string_view text, char tab) {
    std::string line;
    bool overwrite = false; // a carriage return was seen: the next sign starts the line anew
    std::size_t at = 0;
    const auto put = [&](std::string_view sign) {
        if (overwrite) line.clear();
        overwrite = false;
        line += sign;
    };
    while (at < text.size()) {
        const unsigned char byte = byte_at(text, at);
        if (byte == escape) {
            at = skip_escape(text, at);
        } else if (byte == '\r') {
            overwrite = true;
            ++at;
        } else if (byte == '\b') {
            if (!line.empty() && static_cast<unsigned char>(line.back()) < 0x80) line.pop_back();
            ++at;
        } else if (byte == '\t' || byte == '\n') {
            put(byte == '\t' ? std::string_view(&tab, 1) : " ");
            ++at;
        } else if (byte < 0x20 || byte == 0x7f) {
            ++at;
        } else if (is_c1(text, at)) {
            at += 2;
        } else if (const std::size_t length = utf8_sequence_length(text.substr(at)); length > 0) {
            put(text.substr(at, length));
            at += length;
        } else {
            put(replacement);
            ++at;
        }
    }
    return line;
}

} // namespace

std::string printable_line(std::string_view text) { return strip_line(text, ' '); }

std::string printable_text(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        result += strip_line(text.substr(0, end), '\t');
        if (end == std::string_view::npos) break;
        result += '\n';
        text.remove_prefix(end + 1);
    }
    return result;
}

std::optional<std::uint64_t> parse_u64(std::string_view text) noexcept {
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [rest, failure] = std::from_chars(text.data(), end, value);
    if (text.empty() || failure != std::errc() || rest != end) return std::nullopt;
    return value;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::string_view trim(std::string_view text) noexcept {
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    constexpr std::size_t most = 64;
    a = a.substr(0, most);
    b = b.substr(0, most);
    std::array<std::array<std::size_t, most + 1>, 3> rows{};
    for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto& row = rows[i % 3];
        const auto& above = rows[(i - 1) % 3];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + change});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], rows[(i - 2) % 3][j - 2] + 1);
        }
    }
    return rows[a.size() % 3][b.size()];
}

std::string shell_quote(std::string_view word) {
    constexpr std::string_view harmless =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
    if (!word.empty() && word.find_first_not_of(harmless) == std::string_view::npos) {
        return std::string(word);
    }
    std::string quoted = "'";
    for (const char sign : word) {
        if (sign == '\'') quoted += "'\\''";
        else quoted += sign;
    }
    return quoted + "'";
}

namespace {
constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
} // namespace

std::string base64_encode(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::size_t have = std::min<std::size_t>(3, bytes.size() - at);
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            group = group << 8 | (i < have ? byte_at(bytes, at + i) : 0U);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            text += i <= have ? base64_digits[group >> (18 - 6 * i) & 0x3F] : '=';
        }
    }
    return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::string bytes;
    for (std::size_t at = 0; at < text.size(); at += 4) {
        std::uint32_t group = 0;
        std::size_t padding = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            const char sign = text[at + i];
            const std::size_t digit = base64_digits.find(sign);
            const bool pad = sign == '=' && at + 4 == text.size() && i >= 2;
            if (digit == std::string_view::npos && !pad) return std::nullopt;
            if (padding > 0 && !pad) return std::nullopt;
            if (pad) ++padding;
            group = group << 6 | (pad ? 0U : static_cast<std::uint32_t>(digit));
        }
        for (std::size_t i = 0; i < 3 - padding; ++i) {
            bytes += static_cast<char>(group >> (16 - 8 * i) & 0xFF);
        }
    }
    return bytes;
}

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        const unsigned char byte = byte_at(text, 0);
        if (byte >= 0x20 && byte < 0x7f) {
            ++width;
            text.remove_prefix(1);
            continue;
        }
        const std::size_t length = std::max<std::size_t>(1, utf8_sequence_length(text));
        width += code_width(decode(text.substr(0, length)));
        text.remove_prefix(length);
    }
    return width;
}

std::string fit_width(std::string_view text, std::size_t columns, bool utf8) {
    if (display_width(text) <= columns) return std::string(text);
    const std::string_view mark = utf8 ? "…" : "...";
    const std::size_t mark_width = utf8 ? 1 : 3;
    if (columns < mark_width) return std::string(columns, '.');
    std::size_t at = 0;
    std::size_t width = 0;
    while (at < text.size()) {
        const std::string_view rest = text.substr(at);
        const std::size_t length = std::max<std::size_t>(1, utf8_sequence_length(rest));
        const std::size_t next = code_width(decode(rest.substr(0, length)));
        if (width + next + mark_width > columns) break;
        width += next;
        at += length;
    }
    return std::string(text.substr(0, at)) + std::string(mark);
}

std::string wrap_words(std::string_view text, std::size_t indent, std::size_t width) {
    constexpr std::size_t least = 20;
    const std::size_t room = width > indent + least ? width - indent : least;
    std::string lines;
    std::size_t used = 0;
    for (const std::string_view word : split(text, ' ')) {
        const std::size_t columns = display_width(word);
        if (used > 0 && used + 1 + columns > room) {
            lines += "\n" + std::string(indent, ' ');
            used = 0;
        } else if (used > 0) {
            lines += ' ';
            ++used;
        }
        lines += word;
        used += columns;
    }
    return lines;
}

} // namespace outlast
