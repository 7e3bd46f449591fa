// Learns how a process ends by tracing it, on kernels that tell it to nobody but its parent.
#pragma once

#include "base/duration.hpp"
#include "base/result.hpp"

#include <sys/resource.h>
#include <sys/types.h>

namespace outlast::adopt {

struct TracedEnd {
    int status = 0; ///< as wait(2) has it
    rusage usage{};
};

/// Attaches to the process (PTRACE_SEIZE, ptrace(2)) and waits for its end; what it gets in the
/// meantime (signals, stops) passes to it. It is not stopped by that. If we are killed, it runs on
/// as if nothing had been. While another tracer holds it, the attempt is repeated for a few
/// seconds.
///
/// Only the main thread is traced. A process in which another thread calls execve(2) is lost from
/// sight; then, and where tracing is not allowed, an error.
[[nodiscard]] Result<TracedEnd> trace_until_end(pid_t pid);

} // namespace outlast::adopt
