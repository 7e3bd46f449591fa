// Whether the end of a login ends a process on this host.
#include "check/host_survival.hpp"

#include "base/text.hpp"
#include "check/login_daemon.hpp"
#include "job/paths.hpp"
#include "sys/file.hpp"
#include "sys/kernel_probe.hpp"
#include "sys/process_info.hpp"

#include <array>
#include <cstdlib>
#include <unistd.h>

namespace outlast::check {
namespace {

std::string environment(pid_t pid, const char* name) {
    if (pid != 0) return sys::read_environment(pid, name);
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

/// logind without systemd. The folders in /run alone mean nothing: packages make them.
bool elogind_runs() {
    const bool installed = sys::exists("/usr/libexec/elogind/elogind") ||
                           sys::exists("/usr/lib/elogind/elogind") ||
                           sys::exists("/lib/elogind/elogind");
    return installed && sys::exists("/run/systemd/sessions");
}

std::string allocation_in_environment(pid_t pid) {
    struct Variable {
        const char* name;
        const char* system;
    };
    constexpr std::array<Variable, 5> variables{{{"SLURM_JOB_ID", "Slurm"},
                                                 {"PBS_JOBID", "PBS"},
                                                 {"LSB_JOBID", "LSF"},
                                                 {"SGE_JOB_SPOOL_DIR", "Grid Engine"},
                                                 {"OAR_JOB_ID", "OAR"}}};
    for (const auto& [name, system] : variables) {
        const std::string value = printable_line(environment(pid, name));
        if (!value.empty()) return std::string(system) + " job " + value;
    }
    return {};
}

bool is_wsl() {
    const std::string release = sys::kernel_release(); // "5.15.153.1-microsoft-standard-WSL2"
    return release.find("microsoft") != std::string::npos ||
           release.find("Microsoft") != std::string::npos;
}

Survival judge_session(const Place& place, const Host& host) {
    if (!host.ends_session) {
        return {Outcome::unknown,
                "what this host does with " + place.unit + " at logout is unknown",
                "loginctl show-session self"};
    }
    if (!*host.ends_session) return {Outcome::survives, {}, {}};
    const std::string cause = host.policy.only.empty() ? "KillUserProcesses=yes" : "KillOnlyUsers=";
    return {Outcome::ends, "this host ends a user's processes at logout (" + cause + ")",
            "outlast doctor"};
}

Survival judge_user_manager(const Host& host) {
    if (host.policy.stop_delay == "infinity" || host.lingers == true)
        return {Outcome::survives, {}, {}};
    const std::string fix = "loginctl enable-linger, or outlast doctor --fix";
    if (!host.lingers)
        return {Outcome::unknown, "whether your user manager stays after logout is unknown", fix};
    return {Outcome::ends,
            "it will be ended " + printable_line(host.policy.stop_delay) +
                " after your last logout, because you do not linger",
            fix};
}

Survival judge_unmanaged(const Host& host) {
    if (host.wsl) {
        return {Outcome::unknown, "WSL may stop all of Linux after its last window is closed",
                "instanceIdleTimeout=-1 below [general] in %UserProfile%\\.wslconfig"};
    }
    if (!host.allocation.empty())
        return {Outcome::unknown, "it may end with " + host.allocation, {}};
    return {Outcome::survives, {}, {}};
}

} // namespace

std::optional<bool> lingers(uid_t uid) {
    if (const std::string name = job::login_name(uid); !name.empty())
        return sys::exists("/var/lib/systemd/linger/" + name);
    // A user of a directory service: logind, who has looked the name up, knows.
    const auto user = ask_user(uid);
    return user ? std::optional(user->lingers) : std::nullopt;
}

LogoutPolicy find_logout_policy(Ask ask) {
    LogoutPolicy policy = read_logout_policy();
    // They tell what logind read when it started, so they are enough if nothing in them is younger
    // than the boot; and where they would have a job moved, logind is asked before.
    const bool certain = policy.source != PolicySource::nothing && !policy.changed_since_boot &&
                         policy.kills == false && policy.only.empty();
    if (ask == Ask::login_daemon || !certain) (void)ask_logout_policy(policy);
    return policy;
}

Host look_at_host(const Place& place, pid_t pid, Ask ask) {
    Host host;
    host.systemd = sys::exists("/run/systemd/system");
    host.elogind = !host.systemd && elogind_runs();
    host.wsl = is_wsl();
    host.allocation = allocation_in_environment(pid);
    const uid_t owner = place.owner.value_or(::geteuid());
    if (host.elogind && ask == Ask::login_daemon) {
        (void)ask_logout_policy(host.policy);
        host.ends_session = host.policy.ends_processes_of(job::login_name(owner));
    }
    if (!host.systemd) return host;
    if (place.kind == PlaceKind::user_manager) {
        host.policy = find_logout_policy(Ask::login_daemon);
        host.lingers = lingers(owner);
    } else if (place.kind == PlaceKind::session) {
        host.policy = find_logout_policy(ask);
        host.ends_session = host.policy.ends_processes_of(job::login_name(owner));
        if (!host.ends_session) {
            if (const auto user = ask_user(owner))
                host.ends_session = host.policy.ends_processes_of(user->name);
        }
    }
    return host;
}

Survival judge(const Place& place, const Host& host) {
    if (place.kind == PlaceKind::unreadable)
        return {Outcome::unknown, "its control group cannot be read", {}};
    if (place.kind == PlaceKind::allocation)
        return {Outcome::ends, "it ends with " + place.unit, {}};
    // Without a running systemd nobody acts on a control group at logout.
    if (host.systemd) {
        Survival survival{Outcome::survives, {}, {}};
        if (place.kind == PlaceKind::session) survival = judge_session(place, host);
        else if (place.kind == PlaceKind::user_manager) survival = judge_user_manager(host);
        else if (place.kind == PlaceKind::connection)
            survival = {Outcome::ends, "it ends with this connection (" + place.unit + ")", {}};
        if (!survival.safe()) return survival;
    }
    if (host.elogind && host.ends_session == true) {
        return {
            Outcome::ends, "elogind ends a user's processes at logout (KillUserProcesses=yes)", {}};
    }
    return judge_unmanaged(host);
}

bool should_leave(const Place& place, const Host& host) {
    if (!host.systemd) return false;
    return place.kind == PlaceKind::connection ||
           (place.kind == PlaceKind::session && host.ends_session == true);
}

Survival check_survival(pid_t pid, Ask ask) {
    const Place place = find_place(pid);
    return judge(place, look_at_host(place, pid, ask));
}

} // namespace outlast::check
