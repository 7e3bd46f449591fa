// What keeper and scribe have in common as long-lived processes.
#pragma once

#include "base/result.hpp"
#include "log/live_block.hpp"
#include "twin/shared_state.hpp"

namespace outlast::twin {

/// A resident process's own house: no directory held, files private, and none of the limits that
/// the caller has set for its job (file size, descriptors, CPU time: the soft limit is raised to
/// the hard one). To be called after the command was forked.
void settle() noexcept;

/// The job's live block for writing.
///
/// A page of a file that cannot be written any more (a file system that went read-only after an
/// error, a device that is gone) answers a store with SIGBUS. From here on this process then goes
/// on with a page of the shared state in its place, and so does the other one; the file keeps its
/// last content. This is the one signal handler of the program: there is no other way to learn of
/// it.
[[nodiscard]] Result<log::LiveMap> open_live(SharedState& state);

} // namespace outlast::twin
