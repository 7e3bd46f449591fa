// The lines of /proc/PID/status (proc(5)).
#pragma once

#include <string>
#include <string_view>
#include <sys/types.h>

namespace outlast::adopt {

/// The whole text; empty when there is no such process.
[[nodiscard]] std::string read_status(pid_t pid);
/// The value of the line "NAME:  VALUE"; empty when there is none.
[[nodiscard]] std::string_view status_field(std::string_view status, std::string_view name);

} // namespace outlast::adopt
