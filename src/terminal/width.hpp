// How many columns a character takes.
#pragma once

#include <cstdint>

namespace outlast::terminal {

/// 0 for combining and format characters, 2 for East Asian wide ones (UAX #11), else 1. As in
/// xterm, ambiguous characters are narrow.
[[nodiscard]] int width_of(std::uint32_t code) noexcept;

} // namespace outlast::terminal
