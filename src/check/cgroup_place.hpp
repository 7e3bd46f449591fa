// Where a process stands in the host's control groups, as far as the end of a login cares.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace outlast::check {

enum class PlaceKind {
    elsewhere,    ///< nothing that a logout reaches: a system service, the root, a container
    session,      ///< session-N.scope, which systemd-logind ends or leaves at logout
    user_manager, ///< below user@UID.service: lives as long as the user's manager
    connection,   ///< an instance of sshd@.service: ends with its one connection
    allocation,   ///< of a batch system: ends with it
    unreadable,   ///< /proc/PID/cgroup could not be read
};

struct Place {
    PlaceKind kind = PlaceKind::elsewhere;
    std::string path;           ///< in the hierarchy that systemd (or the batch system) uses
    std::string unit;           ///< "session-4.scope", "sshd@7.service", "Slurm job 812"
    std::optional<uid_t> owner; ///< of the slice user-UID.slice, who need not be the process's user
};

/// From the text of /proc/PID/cgroup (cgroups(7)): v2, v1 and both beside each other.
[[nodiscard]] Place parse_place(std::string_view cgroup);

/// `pid` 0: this process.
[[nodiscard]] Place find_place(pid_t pid = 0);

} // namespace outlast::check
