// The threat of a reboot: whether anything starts it again.
#include "base/text.hpp"
#include "check/threats.hpp"
#include "sys/file.hpp"

#include <unistd.h>

namespace outlast::check {
namespace {

/// "nginx.service" for a process of a system service; empty for all others.
std::string system_service(const std::string& cgroup) {
    for (const std::string_view line : split(cgroup, '\n')) {
        if (!line.starts_with("0::") && line.find(":name=systemd:") == std::string_view::npos)
            continue;
        const auto parts = split(line, '/');
        bool below = false;
        for (const std::string_view part : parts) {
            if (below && part.ends_with(".service")) return std::string(part);
            below = below || part == "system.slice";
        }
    }
    return {};
}

/// systemctl(1) enable makes links in folders called TARGET.wants.
bool is_enabled(const std::string& unit) {
    for (const char* folder :
         {"/etc/systemd/system", "/run/systemd/system", "/lib/systemd/system"}) {
        const auto names = sys::list_directory_at(AT_FDCWD, folder);
        if (!names) continue;
        for (const std::string& name : *names) {
            if (!name.ends_with(".wants") && !name.ends_with(".requires")) continue;
            std::string link = folder;
            link.append("/").append(name).append("/").append(unit);
            if (sys::exists(link)) return true;
        }
    }
    return false;
}

} // namespace

Verdict judge_reboot(const Process& process) {
    const std::string unit = system_service(process.cgroup);
    if (unit.empty()) return {Threat::reboot, Mark::dies, "nothing starts it again after a reboot"};
    if (is_enabled(unit))
        return {Threat::reboot, Mark::safe, "systemd starts " + printable_line(unit) + " again"};
    return {Threat::reboot, Mark::unknown,
            "it belongs to " + printable_line(unit) + ", which may or may not be started again",
            "systemctl is-enabled " + printable_line(unit)};
}

} // namespace outlast::check
