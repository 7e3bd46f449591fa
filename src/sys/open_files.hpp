// Who has a file open.
#pragma once

#include <sys/types.h>
#include <vector>

namespace outlast::sys {

/// The processes that hold a descriptor of the file `fd` refers to, other than this one. Reads
/// /proc/PID/fd (proc(5)): processes whose descriptors we may not see are not among them.
[[nodiscard]] std::vector<pid_t> holders_of(int fd);

} // namespace outlast::sys
