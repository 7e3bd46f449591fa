// Makes a run of a process that is there already.
#pragma once

#include "base/result.hpp"
#include "twin/launch.hpp"
#include "twin/twins.hpp"

namespace outlast::keeper {

/// The counterpart of `start_run` for a command that somebody else has started. The shared state
/// names it. In three steps, over the launch's report socket:
///
///   1. the caller's first byte: everything that the run needs is made, and the caller is told
///      (StartReport);
///   2. the caller does what it has to do to the processes, puts groups and members into the shared
///      state, and sends a second byte. Where the caller goes instead, nothing was begun;
///   3. the scribe is started, the record written, the caller told again.
///
/// Errors: as in the StartReport, or the caller has gone. What is left of the job is the business
/// of whoever called.
[[nodiscard]] Result<> adopt_run(twin::Twins& twins, twin::Launch& launch);

} // namespace outlast::keeper
