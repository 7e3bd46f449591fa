// Character sets of 7 bits that a program can put in the place of ASCII.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace outlast::terminal {

/// By the last byte of their designation (ESC ( B and so on). Others are taken for ASCII.
enum class Charset : std::uint8_t {
    ascii = 'B',
    graphics = '0', ///< DEC special graphics: lines and corners
    british = 'A',
};

/// G0 to G3, which of them is in GL, and the single shift that waits for its character.
struct Charsets {
    std::array<Charset, 4> sets{Charset::ascii, Charset::ascii, Charset::ascii, Charset::ascii};
    std::uint8_t left = 0;   ///< GL: 0 to 3
    std::uint8_t right = 2;  ///< GR; has no effect on UTF-8
    std::uint8_t single = 0; ///< SS2, SS3: 2 or 3 for the next character; 0: none

    friend bool operator==(const Charsets&, const Charsets&) = default;
    [[nodiscard]] bool plain() const noexcept {
        return single == 0 && sets[left] == Charset::ascii;
    }
};

/// The character that `byte` (0x20 to 0x7E) stands for.
[[nodiscard]] std::uint32_t translate(Charset set, unsigned char byte) noexcept;

} // namespace outlast::terminal
