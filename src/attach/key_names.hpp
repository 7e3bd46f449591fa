// Keys by name, as tmux's send-keys has them, and the bytes that a terminal sends for them.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace outlast::attach {

/// How the arrow keys, Home and End are sent: DECCKM (CSI ? 1 h) makes them `application` keys.
enum class CursorKeys { normal, application };

/// The bytes of `keys`, names with blanks between them: a single character is itself; Enter, Tab,
/// BTab, Escape, Space, BSpace, Up, Down, Left, Right, Home, End, PageUp, PageDown, Insert, Delete,
/// F1 to F12; C-, M- and S- in front (C-c, M-x, C-Left, S-Tab), and ^C. Case of the names does not
/// matter. Errors: usage, for a name that is none and for what no terminal can send.
[[nodiscard]] Result<std::string> bytes_of_keys(std::string_view keys, CursorKeys cursor_keys);

} // namespace outlast::attach
