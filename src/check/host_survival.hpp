// Whether the end of a login ends a process on this host: the one answer behind the promise of
// `run`, the line "survives" of `status`, `check` and `doctor`.
#pragma once

#include "check/cgroup_place.hpp"
#include "check/logout_policy.hpp"

#include <optional>
#include <string>
#include <sys/types.h>

namespace outlast::check {

/// What a host does with processes after a logout, as far as it matters for one place.
struct Host {
    bool systemd = false;   ///< systemd is the init and runs (sd_booted(3))
    bool elogind = false;   ///< logind without systemd: sessions without scopes
    bool wsl = false;       ///< Windows Subsystem for Linux
    std::string allocation; ///< "Slurm job 812" by the environment, which need not be true
    LogoutPolicy policy;    ///< read for a place in a session only
    std::optional<bool> ends_session; ///< for the owner of that session
    std::optional<bool> lingers;      ///< the owner of the place; looked up below user@ only
};

enum class Outcome { survives, ends, unknown };

struct Survival {
    Outcome outcome = Outcome::unknown;
    std::string why; ///< when it does not survive for certain: "it ends with Slurm job 812"
    std::string fix; ///< a command, where one helps

    [[nodiscard]] bool safe() const noexcept { return outcome == Outcome::survives; }
};

/// How much to ask for an answer. The files cost microseconds and are right unless somebody changed
/// them since the machine booted; logind knows for certain and costs about a millisecond.
enum class Ask { files_where_they_do, login_daemon };

/// By the files, or by logind's own word, which `policy.source` tells.
[[nodiscard]] LogoutPolicy find_logout_policy(Ask ask);

/// What has to be known to judge `place`; `pid` (0: this process) is the one that is there.
[[nodiscard]] Host look_at_host(const Place& place, pid_t pid = 0, Ask ask = Ask::login_daemon);

/// Only about the host's part: signals by a terminal or a shell are not looked at.
[[nodiscard]] Survival judge(const Place& place, const Host& host);

/// Whether what is at `place` would end with it and can live on elsewhere: in a scope of its own
/// (job/own_scope.hpp).
[[nodiscard]] bool should_leave(const Place& place, const Host& host);

/// The two together, for this process or another.
[[nodiscard]] Survival check_survival(pid_t pid = 0, Ask ask = Ask::login_daemon);

/// Whether the user has a user manager that stays after the last logout (loginctl(1),
/// enable-linger); nothing when that cannot be found out.
[[nodiscard]] std::optional<bool> lingers(uid_t uid);

} // namespace outlast::check
