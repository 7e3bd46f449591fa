// Select Graphic Rendition: how what is written next looks.
#pragma once

#include "terminal/screen.hpp"
#include "terminal/sequence.hpp"

#include <string>

namespace outlast::terminal {

/// CSI … m, on the screen's pen.
void select_rendition(Screen& screen, const Sequence& sequence);

/// The sequence that brings a pen from `from` to `to`; empty when there is nothing to do. Links are
/// not part of it.
[[nodiscard]] std::string rendition(const Style& from, Color underline_from, const Style& to,
                                    Color underline_to);

} // namespace outlast::terminal
