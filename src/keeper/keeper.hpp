// The keeper: the resident process that starts the job, waits for it, and answers the control
// socket.
#pragma once

#include "twin/twins.hpp"

namespace outlast::keeper {

/// Serves a run that has been started (by `start_run`, or by a predecessor) until it is over.
/// Returns the process's exit code.
///
/// Once here, nothing ends the keeper but the end of its job: a handler that fails drops its
/// client, a system call that fails is tried again or leaves its effect undone.
[[nodiscard]] int run(twin::Twins& twins);

} // namespace outlast::keeper
