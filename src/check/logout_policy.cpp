// What systemd-logind does with a user's processes at logout.
#include "check/logout_policy.hpp"

#include "base/text.hpp"
#include "sys/file.hpp"
#include "sys/process_info.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace outlast::check {
namespace {

constexpr std::array folders{"/etc", "/run", "/usr/local/lib", "/usr/lib"};

std::optional<bool> parse_boolean(std::string_view value) {
    for (const char* yes : {"1", "yes", "y", "true", "t", "on"}) {
        if (value == yes) return true;
    }
    for (const char* no : {"0", "no", "n", "false", "f", "off"}) {
        if (value == no) return false;
    }
    return std::nullopt; // logind ignores the line
}

bool lists(std::string_view users, std::string_view name) {
    const auto names = split(users, ' ');
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// An assignment adds to a list; an empty one empties it (systemd.syntax(7)).
std::string added(std::string_view list, std::string_view value) {
    if (value.empty() || list.empty()) return std::string(value);
    return std::string(list) + " " + std::string(value);
}

void assign(std::string_view key, std::string_view value, LogoutPolicy& policy) {
    if (key == "KillUserProcesses") {
        const auto kills = parse_boolean(value);
        if (!kills) return;
        policy.kills = kills;
        policy.source = PolicySource::files;
    } else if (key == "KillOnlyUsers") {
        policy.only = added(policy.only, value);
    } else if (key == "KillExcludeUsers") {
        policy.exclude = added(policy.exclude.value_or(""), value);
    } else if (key == "UserStopDelaySec" && !value.empty()) {
        policy.stop_delay = value;
    }
}

/// Whether it, or the directory it would be in, was touched after the machine booted.
bool is_newer(const std::string& path, Nanoseconds moment) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return false;
    return info.st_ctim.tv_sec * ns_per_second + info.st_ctim.tv_nsec > moment;
}

} // namespace

std::optional<bool> LogoutPolicy::ends_processes_of(std::string_view user) const {
    // The order is logind's own: exceptions first, then the list, then the switch.
    const bool depends = !only.empty() || (exclude && !exclude->empty()) || kills != false;
    if (user.empty() && depends) return std::nullopt;
    if (exclude ? lists(*exclude, user) : user == "root") return false;
    if (!only.empty()) return lists(only, user);
    return kills;
}

void parse_logind_file(std::string_view text, LogoutPolicy& policy) {
    bool ours = false;
    for (const std::string_view raw : split(text, '\n')) {
        std::string_view line = trim(raw);
        if (line.starts_with('[')) ours = line == "[Login]";
        const bool comment = line.starts_with('#') || line.starts_with(';');
        if (comment) line = trim(line.substr(1));
        const std::size_t equals = line.find('=');
        if (!ours || equals == std::string_view::npos) continue;
        const std::string_view key = trim(line.substr(0, equals));
        const std::string_view value = trim(line.substr(equals + 1));
        if (!comment) {
            assign(key, value, policy);
        } else if (key == "KillUserProcesses" && policy.source == PolicySource::nothing) {
            policy.kills = parse_boolean(value);
            if (policy.kills) policy.source = PolicySource::preset;
        }
    }
}

LogoutPolicy read_logout_policy(const std::string& root) {
    LogoutPolicy policy;
    const Nanoseconds boot = sys::boot_moment();
    std::vector<std::pair<std::string, std::string>> drop_ins; // name, path
    bool has_main = false;
    // A file that was there at the boot may have been removed from it since.
    policy.changed_since_boot = is_newer(root + "/etc/systemd", boot);
    for (const char* folder : folders) {
        const std::string base = root + folder + "/systemd";
        const std::string main_file = base + "/logind.conf";
        if (!has_main) {
            if (const auto text = sys::read_file(main_file)) {
                has_main = true;
                parse_logind_file(*text, policy);
                policy.changed_since_boot = policy.changed_since_boot || is_newer(main_file, boot);
            }
        }
        const std::string drop_in_folder = main_file + ".d";
        const auto names = sys::list_directory_at(AT_FDCWD, drop_in_folder);
        if (!names) continue;
        policy.changed_since_boot = policy.changed_since_boot || is_newer(drop_in_folder, boot);
        for (const std::string& name : *names) {
            const bool hidden = std::any_of(drop_ins.begin(), drop_ins.end(),
                                            [&](const auto& each) { return each.first == name; });
            if (name.ends_with(".conf") && !hidden)
                drop_ins.emplace_back(name, std::string(drop_in_folder).append("/").append(name));
        }
    }
    std::sort(drop_ins.begin(), drop_ins.end());
    for (const auto& [name, path] : drop_ins) {
        policy.changed_since_boot = policy.changed_since_boot || is_newer(path, boot);
        if (const auto text = sys::read_file(path)) parse_logind_file(*text, policy);
    }
    return policy;
}

} // namespace outlast::check
