// Answers to what a program asks of its terminal.
#pragma once

#include "terminal/screen.hpp"
#include "terminal/sequence.hpp"

#include <string_view>

namespace outlast::terminal {

/// CSI sequences that ask: DA, DSR, DECRQM, XTVERSION, kitty's keyboard, DECRQCRA, window sizes,
/// DECREQTPARM. False when `sequence` is none of them.
[[nodiscard]] bool answer(Screen& screen, const Sequence& sequence);

/// DECRQSS (DCS $ q …) and XTGETTCAP (DCS + q …).
void answer_status_string(Screen& screen, std::string_view what);
void answer_capabilities(Screen& screen, std::string_view names);

/// OSC 4 ; n ; ? and OSC 10 to 19 ; ?
void answer_color(Screen& screen, std::string_view code, std::uint32_t color);

} // namespace outlast::terminal
