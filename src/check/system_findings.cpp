// Whether kernel and limits give what a job and its keeper need.
#include "check/system_findings.hpp"

#include "base/text.hpp"
#include "check/cgroup_place.hpp"
#include "sys/file.hpp"
#include "sys/idle_process.hpp"
#include "sys/kernel_probe.hpp"
#include "sys/pidfd.hpp"
#include "sys/process_info.hpp"
#include "sys/pty.hpp"

#include <algorithm>
#include <optional>
#include <sys/resource.h>
#include <unistd.h>

namespace outlast::check {
namespace {

std::optional<std::uint64_t> number_in(const std::string& path) {
    const auto text = sys::read_file(path, 4096);
    return text ? parse_u64(trim(*text)) : std::nullopt;
}

Finding find_terminal() {
    const auto terminal = sys::open_pty();
    const auto most = number_in("/proc/sys/kernel/pty/max");
    const auto used = number_in("/proc/sys/kernel/pty/nr");
    std::string count;
    if (most && used)
        count = " (" + std::to_string(*used) + " of " + std::to_string(*most) + " in use)";
    if (!terminal)
        return {Health::risk, "terminal",
                "no terminal can be had for a job" + count + ": " + terminal.error().message(),
                "outlast run -T runs a job without one"};
    return {Health::good, "terminal", "a terminal can be had for a job" + count};
}

void find_kernel(Findings& findings) {
    const std::string release = "Linux " + printable_line(sys::kernel_release());
    if (!sys::has_pidfds()) {
        findings.push_back({Health::risk, "kernel",
                            release + " has no pidfds: outlast cannot start a job",
                            "Linux 5.4 or newer, or a container that allows pidfd_open"});
        return;
    }
    findings.push_back({Health::good, "kernel", release + " has what a job needs"});
    if (!sys::kernel_has_exit_info())
        findings.push_back({Health::note, "kernel",
                            "it does not tell the exit status of other processes (Linux 6.15): "
                            "each job has one more small process, which keeps it"});
    if (!sys::has_terminal_splice())
        findings.push_back({Health::note, "kernel",
                            "it cannot splice from a terminal: if the scribe is killed, up to "
                            "4 KB of output may be lost"});
    if (!sys::has_landlock() || !sys::has_system_call_filters())
        findings.push_back({Health::note, "kernel",
                            std::string("it has no ") +
                                (sys::has_system_call_filters() ? "landlock" : "seccomp") +
                                ": what plays a job's terminal is confined less"});
}

Finding find_ptrace() {
    const std::uint64_t scope = number_in("/proc/sys/kernel/yama/ptrace_scope").value_or(0);
    const std::string instead = "or in its shell: Ctrl-Z, bg, disown -h";
    if (scope >= 1 && ::geteuid() != 0)
        return {Health::note, "ptrace",
                scope == 1 ? "only one's own children may be traced (kernel.yama.ptrace_scope=1): "
                             "outlast adopt cannot take over what another shell started"
                           : "tracing is for root or for nobody (kernel.yama.ptrace_scope=" +
                                 std::to_string(scope) + "): outlast adopt cannot take over",
                "sudo outlast adopt PID, " + instead};
    const auto process = sys::IdleProcess::start();
    const auto allowed = process ? sys::may_look_into(*process) : fail(process.error());
    if (!allowed)
        return {Health::unknown, "ptrace",
                "whether a process may be taken over is not known: " + allowed.error().message()};
    if (*allowed && scope < 3)
        return {Health::good, "ptrace", "processes of yours may be taken over (outlast adopt)"};
    return {Health::note, "ptrace",
            "this container or a security module forbids it to trace even one's own processes: "
            "outlast adopt cannot take over",
            instead.substr(3)};
}

Finding find_control_groups() {
    const bool unified = sys::exists("/sys/fs/cgroup/cgroup.controllers");
    if (!unified && !sys::exists("/sys/fs/cgroup"))
        return {Health::note, "cgroups",
                "there are none here: a job's processes cannot be bounded"};
    if (!unified)
        return {Health::note, "cgroups",
                "version 1, or both beside each other: ordinary users get no group of their own"};
    const Place place = find_place();
    const std::string own = "/sys/fs/cgroup" + place.path + "/cgroup.procs";
    if (place.kind == PlaceKind::user_manager && ::access(own.c_str(), W_OK) == 0)
        return {Health::good, "cgroups", "version 2; this one is yours to divide"};
    return {Health::good, "cgroups", "version 2; jobs stay in the group that they are started in"};
}

Finding find_watches() {
    const auto instances = number_in("/proc/sys/fs/inotify/max_user_instances");
    const auto watches = number_in("/proc/sys/fs/inotify/max_user_watches");
    const std::string limits = instances && watches
                                   ? " (" + std::to_string(*instances) + " instances, " +
                                         std::to_string(*watches) + " watches a user)"
                                   : "";
    if (sys::can_watch_files())
        return {Health::good, "inotify", "readers are told of new output" + limits};
    return {Health::note, "inotify",
            "no more of it can be had" + limits + ": readers look for new output 4 times a second",
            "end what holds them, or: sysctl fs.inotify.max_user_instances=512"};
}

std::uint64_t own_threads() {
    std::uint64_t count = 0;
    for (const pid_t pid : sys::all_pids()) {
        const auto uids = sys::read_uids(pid);
        if (!uids || uids->real != ::getuid()) continue;
        const auto threads =
            sys::list_directory_at(AT_FDCWD, "/proc/" + std::to_string(pid) + "/task");
        count += threads ? threads->size() : 1;
    }
    return count;
}

void find_limits(Findings& findings) {
    constexpr rlim_t needed_files = 64;
    constexpr std::uint64_t needed_processes = 20;
    rlimit files{};
    rlimit processes{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    ::getrlimit(RLIMIT_NPROC, &processes);
    if (files.rlim_cur < needed_files)
        findings.push_back({Health::risk, "limits",
                            "only " + std::to_string(files.rlim_cur) +
                                " files may be open: a keeper needs about 30",
                            "ulimit -n 1024"});
    // Root is not bound by the number of processes.
    if (processes.rlim_cur != RLIM_INFINITY && ::geteuid() != 0) {
        const std::uint64_t used = own_threads();
        if (used + needed_processes > processes.rlim_cur)
            findings.push_back({Health::risk, "limits",
                                std::to_string(used) + " of " + std::to_string(processes.rlim_cur) +
                                    " processes and threads are in use: a job takes 3 and its own",
                                "end some, or raise it: ulimit -u"});
    }
    const auto in_group = number_in("/sys/fs/cgroup" + find_place().path + "/pids.current");
    const auto group_limit = number_in("/sys/fs/cgroup" + find_place().path + "/pids.max");
    if (in_group && group_limit && *in_group + needed_processes > *group_limit)
        findings.push_back({Health::risk, "limits",
                            std::to_string(*in_group) + " of " + std::to_string(*group_limit) +
                                " processes of this control group are in use",
                            "end some, or ask for a higher TasksMax="});
    if (std::none_of(findings.begin(), findings.end(),
                     [](const Finding& each) { return each.topic == "limits"; }))
        findings.push_back({Health::good, "limits", "there is room for more files and processes"});
}

} // namespace

Findings find_system_risks() {
    Findings findings{find_terminal()};
    find_kernel(findings);
    findings.push_back(find_ptrace());
    findings.push_back(find_control_groups());
    findings.push_back(find_watches());
    find_limits(findings);
    return findings;
}

} // namespace outlast::check
