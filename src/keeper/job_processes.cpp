// Which processes belong to a job, and signals to them.
#include "keeper/job_processes.hpp"

#include "keeper/adopted.hpp"
#include "keeper/process_table.hpp"
#include "sys/pidfd.hpp"
#include "sys/process_info.hpp"
#include "twin/twins.hpp"

#include <csignal>
#include <set>
#include <sys/ioctl.h>
#include <unistd.h>

namespace outlast::keeper {
namespace {

using twin::SharedState;

bool ignores(pid_t pid, int signal) {
    const auto sets = sys::read_signal_sets(pid);
    return sets && (sets->ignored >> (signal - 1) & 1) != 0;
}

pid_t foreground_group(const SharedState& state) {
    pid_t group = 0;
    if (state.fds.master < 0 || ::ioctl(state.fds.master, TIOCGPGRP, &group) != 0) return 0;
    return group;
}

std::set<pid_t> find_started(const SharedState& state, const ProcessTable& table) {
    std::set<pid_t> found;
    if (table.has(state.child_pid, state.child_start_ticks)) table.add_tree(state.child_pid, found);
    for (const auto& [pid, stat] : table.processes) {
        if (stat.session == state.child_pid) table.add_tree(pid, found);
    }
    const auto [first, last] = table.children.equal_range(::getpid());
    for (auto child = first; child != last; ++child) {
        if (child->second != state.scribe_pid && child->second != state.anchor_pid)
            table.add_tree(child->second, found);
    }
    return found;
}

void signal_process(pid_t pid, int signal) {
    if (const auto fd = sys::open_pidfd(pid)) (void)sys::send_signal(fd->get(), signal);
}

/// Where the kernel itself does it (who catches it) the signal is sent, where it would refuse to
/// (an orphaned group) or we could not tell, the process is stopped.
bool suspend_process(pid_t pid) {
    const auto sets = sys::read_signal_sets(pid);
    const std::uint64_t bit = std::uint64_t{1} << (SIGTSTP - 1);
    if (!sets || (sets->ignored & bit) != 0) return false;
    const bool by_default = ((sets->caught | sets->blocked) & bit) == 0;
    signal_process(pid, by_default ? SIGSTOP : SIGTSTP);
    return by_default;
}

} // namespace

std::vector<pid_t> job_processes(const SharedState& state) {
    const ProcessTable table = read_process_table();
    const std::set<pid_t> found =
        is_adopted(state) ? find_adopted(state, table) : find_started(state, table);
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

bool signal_adopted_group(const SharedState& state, int signal) {
    bool main_stops = false;
    for (const pid_t pid : adopted_group(state)) {
        if (signal != SIGTSTP) signal_process(pid, signal);
        else if (suspend_process(pid) && pid == state.child_pid) main_stops = true;
    }
    return main_stops;
}

void signal_group(const SharedState& state, int signal) {
    if (is_adopted(state) && foreground_group(state) <= 0) {
        (void)signal_adopted_group(state, signal);
        return;
    }
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
