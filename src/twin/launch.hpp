// What a new keeper needs to start the command, and how it tells the caller what came of it.
#pragma once

#include <csignal>
#include <cstdint>
#include <string>
#include <sys/ioctl.h>
#include <termios.h>
#include <vector>

namespace outlast::twin {

/// The keeper is forked from the caller and finds this in its memory. Directory, umask, limits,
/// priority and the set of ignored signals are simply inherited.
struct Launch {
    std::string program;                ///< path for execve(2)
    std::vector<std::string> arguments; ///< exactly as they are, argv[0] included
    std::vector<std::string> environment;
    sigset_t signal_mask{};
    termios attributes{}; ///< of the new terminal
    winsize size{};
    int input = -1; ///< standard input of a job without a terminal
    /// Socket to the caller: it writes one byte as the go, we answer with a StartReport.
    int report = -1;
};

enum class StartStage : std::uint32_t {
    started = 0,
    keeper = 1,      ///< our own set-up: descriptors, memory, processes
    terminal = 2,    ///< no pseudo terminal to be had
    session = 3,     ///< setsid or the controlling terminal
    descriptors = 4, ///< standard input, output, error
    exec = 5,        ///< execve
};

struct StartReport {
    StartStage stage = StartStage::keeper;
    std::int32_t error_number = 0;
    std::int32_t pid = 0;
};

} // namespace outlast::twin
