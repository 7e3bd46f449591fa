// Filters of system calls (seccomp(2)): whether they would harm a process that is taken over.
#pragma once

#include <string_view>
#include <sys/types.h>

namespace outlast::adopt {

/// A filter may kill a process for a call that it does not make by itself, and nobody can ask a
/// filter what it does. A container's own is the exception: it was installed before its first
/// process began, so whoever has as many filters as that one has just those, this process among
/// them. Then the calls of a takeover are tried by a child of ours: what does not kill that does
/// not kill `pid`.
///
/// `status` is /proc/PID/status of the process. False also where the kernel does not count filters
/// (before 5.9).
[[nodiscard]] bool filter_is_harmless(std::string_view status);

} // namespace outlast::adopt
