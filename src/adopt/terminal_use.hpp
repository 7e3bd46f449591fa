// What a process has of a terminal: descriptors, and epoll sets that watch them.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace outlast::adopt {

/// A descriptor of the terminal.
struct TerminalDescriptor {
    int fd = -1;
    int flags = 0; ///< as F_GETFL has them
    bool close_on_exec = false;
    /// It was opened as /dev/tty, the controlling terminal whatever its name.
    bool as_controlling = false;
};

/// A terminal descriptor in an epoll set (epoll_ctl(2)).
struct Watch {
    int set = -1; ///< the descriptor of the set
    int fd = -1;
    std::uint32_t events = 0;
    std::uint64_t data = 0;
};

struct TerminalUse {
    std::vector<TerminalDescriptor> descriptors; ///< ascending
    std::vector<Watch> watches;
    /// It has an io_uring: reads that wait in one stay with the file they were started on.
    bool has_io_uring = false;
};

/// The device that /proc/PID/stat gives as a number; 0 for none.
[[nodiscard]] dev_t terminal_device(int number) noexcept;

/// What `pid` has of the terminal `device`. A descriptor of /dev/tty counts when `is_controlling`:
/// the terminal is the process's controlling one. EACCES for a process that is not ours to look at.
[[nodiscard]] Result<TerminalUse> read_terminal_use(pid_t pid, dev_t device, bool is_controlling);

/// The terminal among the standard descriptors of a process, 0 when none is one.
[[nodiscard]] dev_t standard_terminal(pid_t pid);

/// A path by which anybody may open the file behind a descriptor of another process.
[[nodiscard]] std::string descriptor_path(pid_t pid, int fd);

/// Where a descriptor leads to, as /proc shows it; empty when it is closed.
[[nodiscard]] std::string descriptor_target(pid_t pid, int fd);

} // namespace outlast::adopt
