// Whether a job started here survives the end of this connection: what was checked on this very
// host.
#pragma once

#include <string>
#include <sys/types.h>

namespace outlast::cli {

struct Survival {
    bool safe = false;
    std::string why; ///< when it is not: "this host ends a user's processes at logout"
};

/// A keeper is in a session of its own and holds nothing of the caller's, so a hangup cannot reach
/// it. What is left is the host's policy at logout: systemd-logind's KillUserProcesses=
/// (logind.conf(5)) and user@.service.
[[nodiscard]] Survival check_survival();
/// The same for a process that runs already.
[[nodiscard]] Survival check_survival(pid_t pid);

} // namespace outlast::cli
