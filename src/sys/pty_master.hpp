// Who has the master of a pseudo terminal, and taking part in it.
#pragma once

#include "base/result.hpp"
#include "sys/unique_fd.hpp"

#include <sys/types.h>
#include <vector>

namespace outlast::sys {

/// A descriptor of a pseudo terminal's master.
struct PtyMaster {
    int fd = -1;        ///< its number in the process that has it
    unsigned index = 0; ///< N of /dev/pts/N
};
/// Those that a process has, by "tty-index" in /proc/PID/fdinfo (proc(5), Linux 4.14). Empty also
/// for a process whose descriptors we may not see.
[[nodiscard]] std::vector<PtyMaster> pty_masters_of(pid_t pid);

/// A descriptor of the same open file, in this process (pidfd_getfd(2), Linux 5.6; needs the right
/// to trace the other one). Close-on-exec.
[[nodiscard]] Result<UniqueFd> duplicate_from(int pidfd, int fd);

/// The slave of a master, not as the caller's controlling terminal (TIOCGPTPEER, Linux 4.13).
[[nodiscard]] Result<UniqueFd> open_slave(int master);

} // namespace outlast::sys
