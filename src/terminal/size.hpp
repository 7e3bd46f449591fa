// The size of a terminal.
#pragma once

#include <compare>
#include <cstdint>

namespace outlast::terminal {

/// A row or column out of arithmetic that the caller knows to stay on the screen.
constexpr std::uint16_t narrow(unsigned value) noexcept {
    return static_cast<std::uint16_t>(value);
}

struct Size {
    std::uint16_t rows = 24;
    std::uint16_t columns = 80;
    std::uint16_t width_px = 0; ///< of the whole screen; 0: not known
    std::uint16_t height_px = 0;

    friend bool operator==(const Size&, const Size&) = default;
};

/// What a model takes at the most; more is cut to this.
constexpr std::uint16_t most_rows = 1000;
constexpr std::uint16_t most_columns = 2000;

} // namespace outlast::terminal
