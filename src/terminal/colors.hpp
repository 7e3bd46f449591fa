// What the colours of a terminal look like.
#pragma once

#include "terminal/cell.hpp"

#include <cstdint>

namespace outlast::terminal {

class Screen;

/// 0xRRGGBB of an entry of xterm's palette of 256.
[[nodiscard]] std::uint32_t usual_palette(unsigned index) noexcept;

/// How a cell is drawn: what programs have set (OSC 4, 10, 11), reverse and concealed included.
struct Colors {
    std::uint32_t foreground = 0;
    std::uint32_t background = 0;
    bool background_is_default = true;

    friend bool operator==(const Colors&, const Colors&) = default;
};
[[nodiscard]] Colors colors_of(const Screen& screen, const Style& style);
/// The terminal's own background.
[[nodiscard]] std::uint32_t background_of(const Screen& screen);
/// A colour by itself; `otherwise` where it is the default.
[[nodiscard]] std::uint32_t rgb_of(const Screen& screen, Color color, std::uint32_t otherwise);

} // namespace outlast::terminal
