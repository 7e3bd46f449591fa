// What processes use: CPU, memory, bytes read and written (proc(5)).
#pragma once

#include "base/duration.hpp"

#include <cstdint>
#include <sys/types.h>
#include <vector>

namespace outlast::sys {

/// Sums over several processes; a part that the kernel does not tell us stays 0.
struct ProcessUse {
    Nanoseconds cpu = 0;             ///< user and system time so far
    std::uint64_t memory = 0;        ///< bytes resident; pages that they share count once, about
    std::uint64_t read_bytes = 0;    ///< from storage, so far
    std::uint64_t written_bytes = 0; ///< to storage, so far
    bool io_known = false;           ///< /proc/PID/io could be read for at least one
};
[[nodiscard]] ProcessUse read_process_use(const std::vector<pid_t>& pids);

/// `root` and everything below it, as `descendants_of`, but reading only these processes and not
/// all of /proc: for a quick look at many jobs. A process that comes or goes at this moment may be
/// missed (proc(5) on /proc/PID/task/TID/children), so never signal by this list.
[[nodiscard]] std::vector<pid_t> glance_at_descendants(pid_t root);

} // namespace outlast::sys
