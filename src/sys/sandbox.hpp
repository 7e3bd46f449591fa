// A sandbox for a process that takes hostile bytes apart.
#pragma once

#include "base/result.hpp"

namespace outlast::sys {

/// What the kernel gave of it.
struct Sandbox {
    bool no_new_privileges = false; ///< prctl(2)
    bool filters_calls = false;     ///< seccomp(2)
    bool confines_files = false;    ///< landlock(7), Linux 5.13
};

/// From here on this process, for good, gains no privilege by exec, has no capability, reaches no
/// file but those open now and those in the directory `folder` (there it may read, write, make,
/// rename and remove plain files), and can neither make sockets, connect, signal others, trace, nor
/// execute anything. Calls that it may not make fail with EPERM.
///
/// What a kernel has not is left out, and the result says so: it is one more wall around code that
/// holds by itself. To be called once, in a process of one thread.
[[nodiscard]] Sandbox enter_sandbox(int folder) noexcept;

} // namespace outlast::sys
