// How a process ended, and the names of signals.
#include "sys/exit_status.hpp"

#include "base/text.hpp"

#include <csignal>
#include <cstring>
#include <sys/wait.h>

namespace outlast::sys {

ExitStatus exit_status_from_wait(int status) noexcept {
    if (WIFEXITED(status)) return Exited{WEXITSTATUS(status)};
    if (WIFSIGNALED(status)) return Signaled{WTERMSIG(status), WCOREDUMP(status) != 0};
    return StatusUnknown{};
}

std::string signal_name(int signal) {
    if (signal == SIGRTMIN) return "RTMIN";
    if (signal > SIGRTMIN && signal <= SIGRTMAX)
        return "RTMIN+" + std::to_string(signal - SIGRTMIN);
    if (const char* name = ::sigabbrev_np(signal)) return name;
    return std::to_string(signal);
}

int signal_number(std::string_view name) {
    if (const auto number = parse_u64(name)) {
        return *number > 0 && *number <= static_cast<std::uint64_t>(SIGRTMAX)
                   ? static_cast<int>(*number)
                   : 0;
    }
    std::string wanted;
    for (const char sign : name)
        wanted += static_cast<char>(std::toupper(static_cast<unsigned char>(sign)));
    if (wanted.starts_with("SIG")) wanted.erase(0, 3);
    for (int signal = 1; signal <= SIGRTMAX; ++signal) {
        if (signal_name(signal) == wanted) return signal;
    }
    return 0;
}

} // namespace outlast::sys
