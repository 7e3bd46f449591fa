// How a process ended. A signal is never exit code 0.
#pragma once

#include <string>
#include <variant>

namespace outlast::sys {

struct Exited {
    int code = 0;
    bool operator==(const Exited&) const = default;
};
struct Signaled {
    int signal = 0;
    bool core_dumped = false;
    bool operator==(const Signaled&) const = default;
};
/// Nobody can tell; `why` says what was tried.
struct StatusUnknown {
    std::string why;
    bool operator==(const StatusUnknown&) const = default;
};

using ExitStatus = std::variant<Exited, Signaled, StatusUnknown>;

/// From a wait(2) status word of a process that ended.
[[nodiscard]] ExitStatus exit_status_from_wait(int status) noexcept;

/// "KILL" for 9, "RTMIN+2" for real-time signals, "99" for what has no name.
[[nodiscard]] std::string signal_name(int signal);
/// 9 for "KILL", "SIGKILL", "sigkill" and "9"; 0 when it is none.
[[nodiscard]] int signal_number(std::string_view name);

} // namespace outlast::sys
