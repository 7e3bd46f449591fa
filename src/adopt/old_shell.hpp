// The shell that waits for a job which is taken away from it.
#pragma once

#include "adopt/deadline.hpp"
#include "adopt/plan.hpp"

#include <sys/types.h>
#include <vector>

namespace outlast::adopt {

/// The members that the shell waits for, when the job is in the foreground of its terminal: its own
/// children. To a shell they look stopped for a moment (SIGSTOP), so that it says so, takes the
/// terminal back and gives its prompt, as after Ctrl-Z. Empty when no shell waits.
[[nodiscard]] std::vector<pid_t> awaited_by_shell(const Plan& plan);

/// Waits until `shell` is in the foreground of its terminal. False when it did not happen in time.
[[nodiscard]] bool await_terminal_back(pid_t shell, const Deadline& deadline);

} // namespace outlast::adopt
