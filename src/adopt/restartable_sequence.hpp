// Restartable sequences (rseq(2)): code that the kernel starts anew when it is interrupted.
#pragma once

#include "adopt/machine.hpp"

#include <sys/types.h>

namespace outlast::adopt {

/// Where a held thread must go on: at its instruction pointer, or, when it was interrupted inside a
/// restartable sequence, at that sequence's abort handler. The kernel would send it there by
/// itself, but forgets the sequence once the thread has executed something else.
[[nodiscard]] Address where_to_go_on(pid_t thread, Address instruction_pointer);

} // namespace outlast::adopt
