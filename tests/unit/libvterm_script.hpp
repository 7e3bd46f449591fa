// Reads libvterm's test scripts: lines of commands, expectations and questions.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outlast::test {

inline std::string_view stripped(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

/// The numbers in a text, whatever is between them.
inline std::vector<unsigned> numbers(std::string_view text) {
    std::vector<unsigned> found;
    for (std::size_t at = 0; at < text.size();) {
        unsigned value = 0;
        const auto [end, error] =
            std::from_chars(text.data() + at, text.data() + text.size(), value);
        if (error != std::errc()) {
            ++at;
            continue;
        }
        found.push_back(value);
        at = static_cast<std::size_t>(end - text.data());
    }
    return found;
}

/// The hexadecimal numbers of a list such as "0x41,0x42".
inline std::vector<std::uint32_t> code_points(std::string_view text) {
    std::vector<std::uint32_t> found;
    for (std::size_t at = text.find("0x"); at != std::string_view::npos; at = text.find("0x", at)) {
        at += 2;
        std::uint32_t code = 0;
        std::from_chars(text.data() + at, text.data() + text.size(), code, 16);
        found.push_back(code);
    }
    return found;
}

/// One escape of a string of Perl's, behind its backslash; `text` is behind it then.
inline char unescaped(std::string_view& text) {
    const char kind = text.front();
    text.remove_prefix(1);
    switch (kind) {
    case 'e': return '\033';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'b': return '\b';
    case 'a': return '\a';
    case 'x': break;
    default: return kind;
    }
    const bool braces = text.starts_with('{');
    if (braces) text.remove_prefix(1);
    unsigned value = 0;
    const auto end = std::from_chars(text.data(), text.data() + 2, value, 16).ptr;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + (braces ? 1 : 0));
    return static_cast<char>(value);
}

/// What an expression of strings is: "a" . "b" x 3. Nothing when it is something else.
inline std::optional<std::string> evaluated(std::string_view text) {
    std::string result;
    for (text = stripped(text); !text.empty(); text = stripped(text)) {
        if (text.front() == '.') {
            text.remove_prefix(1);
            continue;
        }
        if (text.front() != '"') return std::nullopt;
        text.remove_prefix(1);
        std::string piece;
        while (!text.empty() && text.front() != '"') {
            const char byte = text.front();
            text.remove_prefix(1);
            piece += byte == '\\' ? unescaped(text) : byte;
        }
        if (!text.empty()) text.remove_prefix(1);
        text = stripped(text);
        std::size_t times = 1;
        if (text.starts_with('x')) {
            text = stripped(text.substr(1));
            const auto end = std::from_chars(text.data(), text.data() + text.size(), times).ptr;
            text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        }
        for (std::size_t i = 0; i < times; ++i) result += piece;
    }
    return result;
}

/// "$REP 3: line" three times, "$SEQ 0 2: line" with each number in the place of "\#".
inline std::vector<std::string> expanded(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (!line.starts_with('$') || colon == std::string_view::npos) return {std::string(line)};
    const std::string_view body = stripped(line.substr(colon + 1));
    const std::vector<unsigned> bounds = numbers(line.substr(0, colon));
    std::vector<std::string> lines;
    if (line.starts_with("$REP")) return {bounds.at(0), std::string(body)};
    for (unsigned number = bounds.at(0); number <= bounds.at(1); ++number) {
        std::string copy(body);
        for (std::size_t at = copy.find("\\#"); at != std::string::npos; at = copy.find("\\#"))
            copy.replace(at, 2, std::to_string(number));
        lines.push_back(std::move(copy));
    }
    return lines;
}

} // namespace outlast::test
