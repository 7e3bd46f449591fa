// Whether a job started here survives the end of this connection.
#include "cli/survival.hpp"

#include "base/text.hpp"
#include "job/paths.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <optional>
#include <unistd.h>
#include <vector>

namespace outlast::cli {
namespace {

struct LogoutPolicy {
    bool kills = false;
    std::string only;             ///< KillOnlyUsers=
    std::string exclude = "root"; ///< KillExcludeUsers=
};

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

/// logind.conf(5): the main file, then drop-ins by file name, one in /etc hiding its namesakes in
/// /run and /usr/lib.
LogoutPolicy read_logind_policy() {
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

bool lists(const std::string& users, const std::string& name) {
    const auto names = split(users, ' ');
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool policy_kills_us(const LogoutPolicy& policy) {
    if (!policy.kills) return false;
    const std::string name = job::login_name(::geteuid());
    if (!policy.only.empty() && !lists(policy.only, name)) return false;
    return !lists(policy.exclude, name);
}

Survival check_process(const std::string& process) {
    const std::string path = "/proc/" + process + "/cgroup";
    const auto cgroup = sys::read_file(path, 65536);
    if (!cgroup) return {false, "what this host does at logout cannot be checked (" + path + ")"};
    if (cgroup->find("/slurm") != std::string::npos)
        return {false, "it ends with this Slurm allocation"};
    // Without a running systemd nobody ends processes at logout.
    if (::access("/run/systemd/system", F_OK) != 0) return {true, {}};
    const bool lingers =
        ::access(("/var/lib/systemd/linger/" + job::login_name(::geteuid())).c_str(), F_OK) == 0;
    if (cgroup->find("/user@") != std::string::npos && !lingers) {
        return {false, "it ends 10 s after your last logout (it is below user@.service): loginctl "
                       "enable-linger"};
    }
    const bool in_session = cgroup->find("/session-") != std::string::npos;
    if (in_session && policy_kills_us(read_logind_policy())) {
        return {false, "this host ends a user's processes at logout (KillUserProcesses=yes)"};
    }
    return {true, {}};
}

} // namespace

Survival check_survival() { return check_process("self"); }
Survival check_survival(pid_t pid) { return check_process(std::to_string(pid)); }

} // namespace outlast::cli
