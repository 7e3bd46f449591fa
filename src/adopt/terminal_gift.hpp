// Gives adopted processes a controlling terminal, once that can be done.
#pragma once

#include "base/result.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace outlast::adopt {

/// A process that was taken over out of a shell's job cannot lead a session while that shell lives:
/// its group would then have the very number that the shell will hang up. Without a session it has
/// no controlling terminal: /dev/tty cannot be opened, and the terminal raises no signals. When the
/// shell has gone, or its terminal, this makes one of `members` (the main process, if it is among
/// them and can) lead a session with `terminal` as its controlling terminal.
///
/// Returns who has it: also when somebody had it already. `refused` while the old shell lives, or
/// when no member can have it. On an error nothing is changed.
[[nodiscard]] Result<pid_t> give_terminal(pid_t main, const std::vector<pid_t>& members,
                                          const std::string& terminal);

} // namespace outlast::adopt
