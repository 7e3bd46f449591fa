// Which processes belong to a job, and signals to them.
#include "keeper/job_processes.hpp"

#include "base/text.hpp"
#include "sys/file.hpp"
#include "sys/pidfd.hpp"
#include "sys/process_info.hpp"
#include "twin/twins.hpp"

#include <csignal>
#include <map>
#include <set>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>

namespace outlast::keeper {
namespace {

using twin::SharedState;

/// One of ours, of a job that was started within this one.
bool is_resident(const sys::ProcessStat& process) {
    return process.name == "outlast-keeper" || process.name == "outlast-scribe" ||
           process.name == "outlast-anchor" || process.name == "outlast-standin";
}

struct ProcessTable {
    std::map<pid_t, sys::ProcessStat> processes;
    std::multimap<pid_t, pid_t> children;
};

ProcessTable read_table() {
    ProcessTable table;
    for (const pid_t pid : sys::all_pids()) {
        auto stat = sys::read_process_stat(pid);
        if (!stat) continue;
        table.children.emplace(stat->parent, pid);
        table.processes.emplace(pid, std::move(*stat));
    }
    return table;
}

/// Adds `root` and all below it, but nothing below a resident process.
void add_tree(const ProcessTable& table, pid_t root, std::set<pid_t>& found) {
    std::vector<pid_t> open{root};
    while (!open.empty()) {
        const pid_t pid = open.back();
        open.pop_back();
        const auto process = table.processes.find(pid);
        if (process == table.processes.end() || is_resident(process->second)) continue;
        if (!found.insert(pid).second) continue;
        const auto [first, last] = table.children.equal_range(pid);
        for (auto child = first; child != last; ++child) open.push_back(child->second);
    }
}

bool ignores(pid_t pid, int signal) {
    const auto sets = sys::read_signal_sets(pid);
    return sets && (sets->ignored >> (signal - 1) & 1) != 0;
}

pid_t foreground_group(const SharedState& state) {
    pid_t group = 0;
    if (state.fds.master < 0 || ::ioctl(state.fds.master, TIOCGPGRP, &group) != 0) return 0;
    return group;
}

} // namespace

std::vector<pid_t> job_processes(const SharedState& state) {
    const ProcessTable table = read_table();
    std::set<pid_t> found;
    const auto main = table.processes.find(state.child_pid);
    if (main != table.processes.end() && main->second.start_ticks == state.child_start_ticks) {
        add_tree(table, state.child_pid, found);
    }
    for (const auto& [pid, stat] : table.processes) {
        if (stat.session == state.child_pid) add_tree(table, pid, found);
    }
    const auto [first, last] = table.children.equal_range(::getpid());
    for (auto child = first; child != last; ++child) {
        if (child->second != state.scribe_pid && child->second != state.anchor_pid) {
            add_tree(table, child->second, found);
        }
    }
    std::vector<pid_t> living;
    for (const pid_t pid : found) {
        if (table.processes.at(pid).state != 'Z') living.push_back(pid);
    }
    return living;
}

std::size_t signal_job(const SharedState& state, int signal, Escalation escalation) {
    const auto pids = job_processes(state);
    for (const pid_t pid : pids) {
        const auto fd = sys::open_pidfd(pid);
        if (!fd) continue;
        (void)sys::send_signal(fd->get(), signal);
        if (escalation == Escalation::hangup_if_ignored && ignores(pid, signal)) {
            (void)sys::send_signal(fd->get(), SIGHUP);
        }
        if (signal != SIGSTOP && signal != SIGCONT && signal != SIGKILL)
            (void)sys::send_signal(fd->get(), SIGCONT);
    }
    return pids.size();
}

void signal_main(const SharedState& state, int signal) {
    (void)sys::send_signal(state.fds.child, signal);
}

void signal_group(const SharedState& state, int signal) {
    // While the command has not been reaped its pid cannot name another group.
    if (sys::has_ended(state.fds.child)) return;
    const pid_t group = foreground_group(state);
    ::kill(-(group > 0 ? group : state.child_pid), signal);
}

Suspension suspension_of_command(const SharedState& state) {
    if (foreground_group(state) != state.child_pid) return Suspension::does_not_stop;
    const auto sets = sys::read_signal_sets(state.child_pid);
    const std::uint64_t bit = std::uint64_t{1} << (SIGTSTP - 1);
    if (!sets || ((sets->ignored | sets->caught) & bit) != 0) return Suspension::does_not_stop;
    return (sets->blocked & bit) != 0 ? Suspension::blocked : Suspension::stops;
}

} // namespace outlast::keeper
