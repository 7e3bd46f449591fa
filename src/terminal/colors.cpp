// What the colours of a terminal look like.
#include "terminal/colors.hpp"

#include "terminal/screen.hpp"

#include <array>
#include <utility>

namespace outlast::terminal {
namespace {

constexpr std::array<std::uint32_t, 16> first_colors{
    0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD, 0x00CDCD, 0xE5E5E5,
    0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF};

/// OSC 10 and 11.
std::uint32_t dynamic_color(const Screen& screen, int code) {
    const auto set = screen.dynamic.find(code);
    if (set != screen.dynamic.end()) return set->second;
    return screen.identity.colors[static_cast<std::size_t>(code - 10)];
}

/// Two thirds of the way from the background.
std::uint32_t dimmed(std::uint32_t color, std::uint32_t background) {
    std::uint32_t mixed = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
        const std::uint32_t front = color >> shift & 0xFF;
        const std::uint32_t back = background >> shift & 0xFF;
        mixed |= (front * 2 + back) / 3 << shift;
    }
    return mixed;
}

} // namespace

std::uint32_t usual_palette(unsigned index) noexcept {
    if (index < 16) return first_colors[index];
    if (index >= 232) return (8 + (index - 232) * 10) * 0x010101;
    // A cube of six levels.
    const auto level = [](unsigned step) { return step == 0 ? 0U : 55 + step * 40; };
    index -= 16;
    return level(index / 36) << 16 | level(index / 6 % 6) << 8 | level(index % 6);
}

std::uint32_t rgb_of(const Screen& screen, Color color, std::uint32_t otherwise) {
    if (is_rgb(color)) return color & 0xFFFFFF;
    if (!is_palette(color)) return otherwise;
    const auto set = screen.palette.find(static_cast<int>(color & 0xFF));
    return set != screen.palette.end() ? set->second : usual_palette(color & 0xFF);
}

std::uint32_t background_of(const Screen& screen) {
    return dynamic_color(screen, screen.modes[Mode::reverse_screen] ? 10 : 11);
}

Colors colors_of(const Screen& screen, const Style& style) {
    const bool swapped = screen.modes[Mode::reverse_screen];
    const std::uint32_t front = dynamic_color(screen, swapped ? 11 : 10);
    Colors colors{rgb_of(screen, style.foreground, front),
                  rgb_of(screen, style.background, background_of(screen)),
                  style.background == default_color};
    if ((style.attributes & dim) != 0)
        colors.foreground = dimmed(colors.foreground, colors.background);
    if ((style.attributes & reverse) != 0) {
        std::swap(colors.foreground, colors.background);
        colors.background_is_default = false;
    }
    if ((style.attributes & conceal) != 0) colors.foreground = colors.background;
    return colors;
}

} // namespace outlast::terminal
