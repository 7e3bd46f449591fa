// Who else may end a job on this host: batch systems, containers, WSL, scripts.
#include "base/text.hpp"
#include "check/host_survival.hpp"
#include "check/logout_findings.hpp"
#include "sys/file.hpp"
#include "sys/process_info.hpp"

#include <array>
#include <cstdlib>
#include <string>
#include <unistd.h>

namespace outlast::check {
namespace {

void find_container(Findings& findings) {
    std::string kind;
    if (const auto text = sys::read_file("/run/systemd/container", 256))
        kind = printable_line(trim(*text));
    else if (sys::exists("/.dockerenv")) kind = "Docker";
    else if (sys::exists("/run/.containerenv")) kind = "Podman";
    else if (const char* name = std::getenv("container")) kind = printable_line(name);
    if (kind.empty()) return;
    findings.push_back({Health::note,
                        "container",
                        "this is a container (" + kind + "): when it is stopped, all in it ends",
                        {}});
}

void find_batch_system(const Host& host, Findings& findings) {
    if (!host.allocation.empty()) {
        findings.push_back(
            {Health::unknown, "batch",
             "the environment names " + host.allocation + ": in its allocation a job ends with it",
             "start the job outside of the allocation, or ask for more time"});
        return;
    }
    constexpr std::array<const char*, 6> daemons{"slurmd",        "pbs_mom", "sge_execd",
                                                 "condor_startd", "sbatchd", "arbiter"};
    for (const pid_t pid : sys::all_pids()) {
        const auto stat = sys::read_process_stat(pid);
        for (const char* daemon : daemons) {
            if (!stat || !stat->name.starts_with(daemon)) continue;
            findings.push_back({Health::unknown, "batch",
                                std::string(daemon) +
                                    " runs here: such hosts may end what is not in an allocation",
                                "ask those who run this host how long a process may live"});
            return;
        }
    }
    for (const char* command : {"/usr/bin/sbatch", "/usr/local/bin/sbatch", "/usr/bin/qsub",
                                "/usr/bin/bsub", "/opt/slurm/bin/sbatch"}) {
        if (!sys::exists(command)) continue;
        findings.push_back({Health::unknown, "batch",
                            std::string(command) +
                                " is here: on a login node scripts may end what runs for long, "
                                "which cannot be seen from here",
                            "ask, or submit it as a batch job"});
        return;
    }
}

/// Words that end processes, in a line that is no comment.
bool ends_processes(std::string_view line) {
    line = trim(line);
    if (line.starts_with('#')) return false;
    for (const char* word : {"kill", "terminate-user", "terminate-session", "kill-user"}) {
        const std::size_t at = line.find(word);
        if (at != std::string_view::npos) return true;
    }
    return false;
}

void find_logout_scripts(Findings& findings) {
    const char* home = std::getenv("HOME");
    const std::string own = home != nullptr ? home : "";
    for (const std::string& path :
         {own + "/.bash_logout", own + "/.zlogout", own + "/.logout",
          std::string("/etc/bash.bash_logout"), std::string("/etc/zsh/zlogout")}) {
        const auto text = sys::read_file(path);
        if (!text) continue;
        std::size_t number = 0;
        for (const std::string_view line : split(*text, '\n')) {
            ++number;
            if (!ends_processes(line)) continue;
            findings.push_back(
                {Health::unknown, "scripts",
                 path + ", line " + std::to_string(number) +
                     ", ends processes when a login shell ends: " + printable_line(line),
                 "read it"});
            break;
        }
    }
}

/// PAM modules that act on processes, or run what cannot be seen, when a session ends.
void find_session_modules(Findings& findings) {
    for (const char* name :
         {"sshd", "common-session", "system-auth", "password-auth", "postlogin"}) {
        const std::string path = std::string("/etc/pam.d/") + name;
        const auto text = sys::read_file(path);
        if (!text) continue;
        for (const std::string_view raw : split(*text, '\n')) {
            const std::string_view line = trim(raw);
            if (line.starts_with('#')) continue;
            for (const char* module : {"pam_slurm_adopt", "pam_exec", "pam_script"}) {
                if (line.find(module) == std::string_view::npos) continue;
                if (!line.starts_with("session") && !line.starts_with("-session") &&
                    !line.starts_with("account"))
                    continue;
                findings.push_back(
                    {Health::unknown, "scripts",
                     path + " has " + module + ", which may end a session's processes",
                     "read it, or ask those who run this host"});
                return;
            }
        }
    }
}

} // namespace

Findings find_other_powers() {
    Findings findings;
    const Host host = look_at_host(find_place());
    find_container(findings);
    if (host.wsl) {
        findings.push_back(
            {Health::unknown, "WSL",
             "Windows may stop all of Linux some seconds after its last window is closed",
             "instanceIdleTimeout=-1 below [general] in %UserProfile%\\.wslconfig"});
    }
    find_batch_system(host, findings);
    find_logout_scripts(findings);
    find_session_modules(findings);
    return findings;
}

} // namespace outlast::check
