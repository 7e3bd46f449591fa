// A control group of their own for processes that shall outlive the login they were started in.
#pragma once

#include "base/duration.hpp"
#include "base/result.hpp"

#include <span>
#include <string>
#include <sys/types.h>
#include <vector>

namespace outlast::job {

/// How long the service manager may take. A job never waits longer for its place.
constexpr Nanoseconds placement_patience = 2500 * ns_per_ms;

struct Placed {
    std::string unit;          ///< "outlast-12-01J….scope"
    std::vector<pid_t> inside; ///< those that /proc/PID/cgroup shows there now
    std::vector<pid_t> left;   ///< those that are where they were, alive
    std::string why;           ///< when somebody is left: "you have no user manager: …"

    [[nodiscard]] bool complete() const noexcept { return left.empty(); }
};

/// Moves these processes into a new scope called `name` (what systemd does not take in a name is
/// replaced) of the caller's user manager, or for root of the system's: systemd(1),
/// StartTransientUnit over D-Bus. What a user manager holds outlives a session's end whatever
/// KillUserProcesses= says; it outlives the last logout if the user lingers.
///
/// Nothing but their control group changes. Where it cannot be done they stay where they are, and
/// `why` tells the reason; nothing is believed that /proc does not show. A process of another user
/// cannot be moved by anybody but root. Children that are started meanwhile may be left behind:
/// call again with `join_scope_of`.
[[nodiscard]] Placed place_in_own_scope(std::span<const pid_t> processes, const std::string& name,
                                        const std::string& description);

/// Moves them into the scope of ours that `member` is in; nothing is done, and nobody is inside,
/// when that is in none.
[[nodiscard]] Placed join_scope_of(pid_t member, std::span<const pid_t> processes);

} // namespace outlast::job
