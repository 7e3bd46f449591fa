// Starts a run: terminal, pipe, socket, command, scribe.
#pragma once

#include "base/result.hpp"
#include "twin/launch.hpp"
#include "twin/shared_state.hpp"
#include "twin/twins.hpp"

namespace outlast::keeper {

/// Makes everything that the run needs and starts its command. The caller of `run` is told over the
/// launch's report socket. The scribe is there before the command starts, so that no moment of its
/// life depends on one process alone.
///
/// Errors: as in the StartReport, which has been sent; the caller of this function just leaves.
[[nodiscard]] Result<> start_run(twin::Twins& twins, twin::Launch& launch);

} // namespace outlast::keeper
