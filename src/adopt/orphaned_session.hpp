// A session whose connection is gone becomes a job of its user.
#pragma once

#include "adopt/held_session.hpp"

namespace outlast::adopt {

/// The value of twin::resident_variable for the process that makes the job: "session MASTER_FD
/// LEADER_PID".
constexpr const char* rescuer_word = "session";

/// Starts a process of the session's user, with that user's groups and the environment that the
/// session's leader was started with, and nothing of ours but the terminal's master. It executes
/// this program and makes the job (`adopt_orphaned_session`); its exit code is 0 when that is done.
/// Returns its pidfd; it is our child.
[[nodiscard]] Result<sys::UniqueFd> start_rescuer(const HeldSession& session);

/// What that process runs. The job reads the terminal from here on, and its fate is the leader's.
[[nodiscard]] Result<> adopt_orphaned_session(int master, pid_t leader);

} // namespace outlast::adopt
