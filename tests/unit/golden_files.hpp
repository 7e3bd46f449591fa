// Reads the golden files: lines "name  hex…", blanks between the hex digits, # starts a comment.
#pragma once

#include "base/text.hpp"
#include "sys/file.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <string_view>

namespace golden {

/// OUTLAST_GOLDEN is the folder tests/golden, see CMakeLists.txt.
inline std::string path(const std::string& name) {
    return std::string(OUTLAST_GOLDEN) + "/" + name;
}

inline int digit(char sign) {
    if (sign >= '0' && sign <= '9') return sign - '0';
    if (sign >= 'a' && sign <= 'f') return sign - 'a' + 10;
    return -1;
}

inline std::string bytes_of(std::string_view hex) {
    std::string bytes;
    int high = -1;
    for (const char sign : hex) {
        if (sign == ' ') continue;
        REQUIRE_MESSAGE(digit(sign) >= 0, "not hex: ", std::string(hex));
        if (high < 0) {
            high = digit(sign);
            continue;
        }
        bytes += static_cast<char>(high << 4 | digit(sign));
        high = -1;
    }
    REQUIRE(high < 0);
    return bytes;
}

inline std::string hex_of(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const char sign : bytes) {
        const auto byte = static_cast<unsigned char>(sign);
        hex += {digits[byte >> 4], digits[byte & 15]};
    }
    return hex;
}

/// The lines of a golden file, name to the rest of the line.
inline std::map<std::string, std::string> lines(const std::string& name) {
    const auto text = outlast::sys::read_file(path(name));
    REQUIRE_MESSAGE(text, path(name));
    std::map<std::string, std::string> found;
    for (const std::string_view raw : outlast::split(*text, '\n')) {
        const std::string_view line = outlast::trim(raw);
        if (line.empty() || line.starts_with('#')) continue;
        const std::size_t blank = line.find(' ');
        REQUIRE(blank != std::string_view::npos);
        found[std::string(line.substr(0, blank))] = std::string(outlast::trim(line.substr(blank)));
    }
    return found;
}

} // namespace golden
