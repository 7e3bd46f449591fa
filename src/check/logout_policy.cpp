// What this host does with a user's processes at logout.
#include "check/logout_policy.hpp"

#include "base/text.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <fcntl.h>
#include <utility>
#include <vector>

namespace outlast::check {
namespace {

bool is_yes(std::string_view value) {
    return value == "yes" || value == "true" || value == "1" || value == "on" || value == "y" ||
           value == "t";
}

void read_logind_file(const std::string& path, LogoutPolicy& policy) {
    const auto text = sys::read_file(path);
    if (!text) return;
    for (const std::string_view raw : split(*text, '\n')) {
        const std::string_view line = trim(raw);
        const std::size_t equals = line.find('=');
        if (line.starts_with('#') || line.starts_with(';') || equals == std::string_view::npos)
            continue;
        const std::string_view key = trim(line.substr(0, equals));
        const std::string_view value = trim(line.substr(equals + 1));
        if (key == "KillUserProcesses") policy.kills = is_yes(value);
        if (key == "KillOnlyUsers") policy.only = value;
        if (key == "KillExcludeUsers") policy.exclude = value;
    }
}

bool lists(const std::string& users, std::string_view name) {
    const auto names = split(users, ' ');
    return std::find(names.begin(), names.end(), name) != names.end();
}

} // namespace

bool LogoutPolicy::ends_processes_of(std::string_view user) const {
    if (!kills) return false;
    if (!only.empty() && !lists(only, user)) return false;
    return !lists(exclude, user);
}

LogoutPolicy read_logout_policy() {
    LogoutPolicy policy;
    read_logind_file("/etc/systemd/logind.conf", policy);
    std::vector<std::pair<std::string, std::string>> drop_ins; // name, path
    for (const char* folder :
         {"/etc/systemd/logind.conf.d", "/run/systemd/logind.conf.d",
          "/usr/local/lib/systemd/logind.conf.d", "/usr/lib/systemd/logind.conf.d"}) {
        const auto names = sys::list_directory_at(AT_FDCWD, folder);
        if (!names) continue;
        for (const std::string& name : *names) {
            const bool hidden = std::any_of(drop_ins.begin(), drop_ins.end(),
                                            [&](const auto& each) { return each.first == name; });
            if (name.ends_with(".conf") && !hidden)
                drop_ins.emplace_back(name, std::string(folder) + "/" + name);
        }
    }
    std::sort(drop_ins.begin(), drop_ins.end());
    for (const auto& [name, path] : drop_ins) read_logind_file(path, policy);
    return policy;
}

} // namespace outlast::check
