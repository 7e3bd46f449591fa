// What ps(1) shows of this process.
#pragma once

#include <string_view>

namespace outlast::sys {

/// Remembers where the kernel looks for the argument list: the memory that it laid out at exec for
/// arguments and environment, one behind the other (proc(5), /proc/PID/cmdline). To be called first
/// of all in main.
void remember_title_area(char** argv) noexcept;

/// Writes `title` there in place of the argument list; the environment's strings go with it, and
/// `environ` is empty from then on. False, and nothing is changed, when the title is too long for
/// that memory.
[[nodiscard]] bool set_process_title(std::string_view title) noexcept;

} // namespace outlast::sys
