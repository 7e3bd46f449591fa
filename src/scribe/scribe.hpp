// The scribe: a resident process that sees to the job's log and to nothing else.
#pragma once

#include "twin/twins.hpp"

namespace outlast::scribe {

/// Runs until the job and its terminal have ended. Returns the process's exit code.
[[nodiscard]] int run(twin::Twins& twins);

} // namespace outlast::scribe
