// A model's rows and history as text.
#pragma once

#include <cstdint>
#include <string>

namespace outlast::terminal {

class Model;
class Screen;
struct Row;

enum class TextStyle { plain, ansi }; ///< ansi: with SGR sequences and links, nothing else

/// One row of the screen that is shown, without blanks at its end; `row` from 0.
[[nodiscard]] std::string row_text(const Model& model, std::uint16_t row,
                                   TextStyle style = TextStyle::plain);

/// The whole screen, a line a row, without empty lines at its end.
[[nodiscard]] std::string screen_text(const Model& model, TextStyle style = TextStyle::plain);

/// A logical line of the history (rows that the terminal wrapped are one line); `line` counts from
/// the first one that is still held.
[[nodiscard]] std::string history_text(const Model& model, std::size_t line,
                                       TextStyle style = TextStyle::plain);
[[nodiscard]] std::size_t history_lines(const Model& model);

/// Appends a row's text, written blanks at its end included. Where it goes on in the next row,
/// erased cells at its end belong to it too.
void append_row_text(std::string& text, const Screen& screen, const Row& row, bool goes_on);

} // namespace outlast::terminal
