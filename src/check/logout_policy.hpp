// What this host does with a user's processes at logout, by systemd-logind's configuration.
#pragma once

#include <string>
#include <string_view>

namespace outlast::check {

/// logind.conf(5): KillUserProcesses=, KillOnlyUsers=, KillExcludeUsers=.
struct LogoutPolicy {
    bool kills = false;
    std::string only;             ///< user names, separated by blanks; empty: all
    std::string exclude = "root"; ///< user names, separated by blanks

    [[nodiscard]] bool ends_processes_of(std::string_view user) const;
};

/// Reads the main file, then drop-ins by file name, one in /etc hiding its namesakes in /run and
/// /usr/lib. What cannot be read counts as not there, as it does for logind.
[[nodiscard]] LogoutPolicy read_logout_policy();

} // namespace outlast::check
