// Tells lines that need no terminal to be read from those that do.
#pragma once

#include <string>
#include <string_view>

namespace outlast::attach {

/// How a line ends in the log: a terminal's line discipline writes CR LF, and a lone LF moves down
/// only; in a file LF is the end.
enum class LineEnds { terminal, file };

/// - simple: text, tabs and colours, in order, so that the text is what is seen;
/// - complex: something in it moves, erases or is no UTF-8;
/// - undecided: simple so far, but cut in the middle.
enum class LineKind { simple, complex, undecided };

/// Of a whole line, its line feed included, or of the beginning of one.
[[nodiscard]] LineKind kind_of_line(std::string_view bytes, LineEnds ends) noexcept;

/// Appends the text of a simple line, or of the beginning of one, without its end.
void append_simple_text(std::string& text, std::string_view bytes);

} // namespace outlast::attach
