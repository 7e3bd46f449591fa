// Gives processes another controlling terminal. There is no way back from these.
#pragma once

#include "adopt/new_terminal.hpp"
#include "adopt/plan.hpp"
#include "adopt/remote_process.hpp"

#include <vector>

namespace outlast::adopt {

/// Which member of the plan's main group can have the new terminal as its controlling terminal at
/// once: one that has /dev/tty open, or an ssh that may have to ask for a password, or the only one
/// there is; 0 for none. It will lead a session of its own, in a group with its pid as the number,
/// so it must not be the one whose pid is the number of the old group: that would bring it back
/// into reach of the old shell.
[[nodiscard]] pid_t choose_terminal_owner(const Plan& plan);

/// setsid(2), which also takes the process out of its group.
[[nodiscard]] Result<> lead_session(RemoteProcess& process);

/// TIOCSCTTY: `process` leads a session without a terminal; `fd` is the terminal in it.
[[nodiscard]] Result<> take_controlling_terminal(RemoteProcess& process, int fd);

/// The leader of a session gives its terminal up (TIOCNOTTY); `fd` is the old terminal in it, or
/// -1. The kernel sends SIGHUP to the terminal's foreground group for that: `reached` are those of
/// the processes that are in it, and have it taken away before they can see it.
[[nodiscard]] Result<> release_controlling_terminal(RemoteProcess& leader, int fd,
                                                    const std::vector<RemoteProcess*>& reached);

} // namespace outlast::adopt
