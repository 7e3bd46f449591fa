// Starts the keeper's process, out of the caller's session and without its descriptors.
#pragma once

#include "base/result.hpp"
#include "twin/launch.hpp"
#include "twin/shared_state.hpp"

#include <functional>

namespace outlast::job {

/// What the forked process goes on as; it never returns to the caller's code. Set once, by the
/// program's main: the command line knows nothing of the resident processes.
using KeeperMain = int (*)(twin::SharedState& state, twin::Launch* launch);
void set_keeper_main(KeeperMain main) noexcept;

/// Forks a keeper: in a new session, as a child of nobody (its parent leaves at once), with
/// /dev/null as standard descriptors and of all others only those in the shared state and in
/// `launch`. It starts the command of `launch`, or, without one, looks after the command that the
/// state names.
///
/// It runs in a copy of the caller's memory, for an exec costs more than all the rest of a start;
/// twin::Twins::exec_fresh_image brings it to its own small size when the job turns out to last.
///
/// Returns its pid, and whether this kernel tells the exit status of other processes' children
/// (PIDFD_INFO_EXIT), found out on the parent that left.
struct KeeperStart {
    pid_t pid = 0;
    bool kernel_tells_exit = false;
};
/// `if_not_begun` is called in the keeper's process when it leaves without having begun a run; by
/// then the caller may have gone.
[[nodiscard]] Result<KeeperStart> fork_keeper(twin::SharedState& state, twin::Launch* launch,
                                              int nice,
                                              const std::function<void()>& if_not_begun = {});

} // namespace outlast::job
