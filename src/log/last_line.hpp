// The newest line of a log, for lists: a look at the file's end and at nothing else.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace outlast::log {

/// The last bytes of `name` below the open directory; empty when there are none or it cannot be
/// read. The end of a log is never punched out, so no gaps have to be known.
[[nodiscard]] std::string read_tail(int directory, const std::string& name,
                                    std::size_t most = 2048);

/// The last line of `tail` that shows something, safe to print. Empty when a full-screen program
/// drew there: what it wrote last is no line of text.
[[nodiscard]] std::string last_line(std::string_view tail);

/// The last line that reads like the report of an error ("error", "fatal", "cannot", …); when there
/// is none, the last line.
[[nodiscard]] std::string last_error_line(std::string_view tail);

} // namespace outlast::log
