// A model's screen as a picture (SVG 1.1).
#pragma once

#include <string>
#include <string_view>

namespace outlast::terminal {

class Model;

/// One document that refers to nothing outside of itself. What the screen holds appears as escaped
/// text only: links are left out. `title` is any text.
[[nodiscard]] std::string svg_picture(const Model& model, std::string_view title);

} // namespace outlast::terminal
