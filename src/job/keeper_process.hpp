// Starts the keeper's process, out of the caller's session and without its descriptors.
#pragma once

#include "base/result.hpp"
#include "twin/shared_state.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace outlast::job {

/// Runs this program (/proc/self/exe) as a resident process: in a new session, as a child of nobody
/// (its parent leaves at once), with /dev/null as standard descriptors and of all others only those
/// in the shared state and in `extra`. `how` is the value of twin::resident_variable.
///
/// Returns whether this kernel tells the exit status of other processes' children
/// (PIDFD_INFO_EXIT), found out on the parent that left.
struct KeeperStart {
    bool kernel_tells_exit = false;
};
[[nodiscard]] Result<KeeperStart> start_keeper_process(const twin::SharedState& state,
                                                       const std::string& how,
                                                       const std::vector<int>& extra, int nice);

} // namespace outlast::job
