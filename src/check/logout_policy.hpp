// What systemd-logind does with a user's processes at logout: KillUserProcesses= and its
// exceptions.
#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace outlast::check {

enum class PolicySource {
    nothing,      ///< neither logind nor its files say anything
    files,        ///< logind.conf and its drop-ins, as they are on disk
    preset,       ///< the commented-out line in the distribution's file, which shows the built-in
    login_daemon, ///< logind itself, over D-Bus
};

/// logind.conf(5). Names are separated by blanks.
struct LogoutPolicy {
    std::optional<bool> kills;          ///< nothing: not known
    std::string only;                   ///< KillOnlyUsers=; empty: not set
    std::optional<std::string> exclude; ///< KillExcludeUsers=; not set: root
    std::string stop_delay = "10s";     ///< UserStopDelaySec=: how long user@UID.service stays
    PolicySource source = PolicySource::nothing;
    bool changed_since_boot = false; ///< the files: logind may still work by an earlier state

    /// Whether the end of a session of `user` ends the processes in its scope; nothing when that is
    /// not known, also because `user` (empty) has no known name and the answer depends on it.
    [[nodiscard]] std::optional<bool> ends_processes_of(std::string_view user) const;
};

/// One file's text, over what was read before it. A line "#KillUserProcesses=…" counts as the
/// preset where nothing says otherwise: distributions ship the file so.
void parse_logind_file(std::string_view text, LogoutPolicy& policy);

/// Reads the main file, then drop-ins by file name, one in /etc hiding its namesakes in /run and
/// /usr/lib. `root` is put in front of every path. What cannot be read counts as not there, as it
/// does for logind.
[[nodiscard]] LogoutPolicy read_logout_policy(const std::string& root = {});

} // namespace outlast::check
