// What a terminal answers when a program asks what it is.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace outlast::terminal {

/// Taken from the last real terminal where one has answered, so that a program does not find itself
/// in another terminal when nobody watches. Each string is the whole answer.
struct Identity {
    std::string primary = "\033[?62;22c";           ///< DA1: a VT220 with colours
    std::string secondary = "\033[>1;10;0c";        ///< DA2
    std::string tertiary = "\033P!|00000000\033\\"; ///< DA3
    std::string name = "outlast";                   ///< XTVERSION
    std::array<std::uint32_t, 10> colors{0xD0D0D0, 0x000000, 0xD0D0D0, 0xD0D0D0, 0x000000,
                                         0xD0D0D0, 0x000000, 0x404040, 0xD0D0D0, 0xFFFFFF};
    ///< 0xRRGGBB of OSC 10 to 19: text, background, cursor …
};

} // namespace outlast::terminal
