// What taking a process over would involve.
#include "adopt/plan.hpp"

#include "base/text.hpp"
#include "sys/file.hpp"
#include "sys/process_info.hpp"
#include "sys/pty.hpp"

#include <algorithm>
#include <fcntl.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace outlast::adopt {
namespace {

std::vector<sys::ProcessStat> living_processes() {
    std::vector<sys::ProcessStat> found;
    for (const pid_t pid : sys::all_pids()) {
        auto stat = sys::read_process_stat(pid);
        if (stat && stat->state != 'Z' && stat->state != 'X') found.push_back(std::move(*stat));
    }
    return found;
}

/// The terminal they all are moved away from: the controlling one, else a standard descriptor.
dev_t old_terminal(const std::vector<pid_t>& members) {
    for (const pid_t pid : members) {
        const auto stat = sys::read_process_stat(pid);
        if (stat && stat->terminal != 0) return terminal_device(stat->terminal);
    }
    for (const pid_t pid : members) {
        if (const dev_t device = standard_terminal(pid); device != 0) return device;
    }
    return 0;
}

void read_terminal(Plan& plan) {
    const auto main = sys::read_process_stat(plan.main);
    plan.foreground =
        main && main->terminal != 0 &&
        std::any_of(plan.members.begin(), plan.members.end(),
                    [&](const auto& member) { return member.group == main->foreground_group; });
    for (const Member& member : plan.members) {
        for (const TerminalDescriptor& descriptor : member.use.descriptors) {
            // Opened anew, because the terminal may have no name that we know. Not through
            // /dev/tty: that would be ours.
            if (descriptor.as_controlling) continue;
            const auto terminal = sys::open_at(AT_FDCWD, descriptor_path(member.pid, descriptor.fd),
                                               O_RDWR | O_NOCTTY | O_NONBLOCK);
            if (!terminal) continue;
            plan.terminal_path = descriptor_target(member.pid, descriptor.fd);
            plan.size = sys::window_size(terminal->get());
            if (plan.foreground) plan.attributes = sys::terminal_attributes(terminal->get());
            return;
        }
    }
}

bool writes_to_file(pid_t pid) {
    struct stat info {};
    return ::stat(descriptor_path(pid, STDOUT_FILENO).c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

Result<> refuse_ourselves(pid_t main, const std::vector<pid_t>& members) {
    if (std::find(members.begin(), members.end(), ::getpid()) == members.end()) return {};
    const std::string pid = std::to_string(main);
    if (main == ::getpid()) return fail(Errc::refused, "process " + pid, "that is this command");
    return fail(Errc::refused, "process " + pid,
                "this command runs inside it, and would be stopped with it",
                "for a shell with all its jobs, typed in it: exec outlast take; or from another "
                "terminal: outlast adopt " +
                    pid);
}

} // namespace

bool Plan::wants_terminal() const {
    return std::any_of(members.begin(), members.end(), [this](const Member& member) {
        const auto& open = member.use.descriptors;
        const bool reads_only = std::all_of(open.begin(), open.end(), [](const auto& descriptor) {
            return descriptor.fd == STDIN_FILENO;
        });
        return !reads_only || (!open.empty() && !writes_to_file(main));
    });
}

std::vector<pid_t> find_members(pid_t main) {
    const auto processes = living_processes();
    const auto root = std::find_if(processes.begin(), processes.end(),
                                   [&](const auto& process) { return process.pid == main; });
    if (root == processes.end()) return {};
    std::vector<pid_t> members{main};
    std::set<pid_t> known{main};
    const auto add = [&](pid_t pid) {
        if (known.insert(pid).second) members.push_back(pid);
    };
    const bool leads = root->pid == root->session;
    for (const auto& process : processes) {
        if (process.session != root->session) continue;
        if (leads || process.group == root->group) add(process.pid);
    }
    std::size_t next = 0; // the list grows meanwhile
    while (next < members.size()) {
        const pid_t parent = members[next++];
        for (const auto& process : processes) {
            if (process.parent == parent) add(process.pid);
        }
    }
    return members;
}

Result<Plan> examine(pid_t main) {
    const std::vector<pid_t> pids = find_members(main);
    if (pids.empty()) {
        const auto stat = sys::read_process_stat(main);
        return fail(Errc::refused, "process " + std::to_string(main),
                    stat ? "it has ended, its parent has yet to take note" : "there is none");
    }
    Plan plan;
    plan.main = main;
    plan.terminal = old_terminal(pids);
    if (auto first = look_at(main, plan.terminal, Probe::by_facts); !first)
        return fail(obstacle_error({first.error()}));
    if (auto outside = refuse_ourselves(main, pids); !outside) return fail(outside.error());
    for (const pid_t pid : pids) {
        auto member = look_at(pid, plan.terminal, Probe::by_tracing);
        if (member) {
            plan.members.push_back(std::move(*member));
            continue;
        }
        // A member that has ended meanwhile is none; for the main one it is the end.
        const bool ended = member.error().why == "it has ended";
        if (!ended || pid == main) plan.obstacles.push_back(std::move(member.error()));
    }
    if (plan.members.empty() || plan.members.front().pid != main)
        return fail(obstacle_error(plan.obstacles));
    read_terminal(plan);
    return plan;
}

Error obstacle_error(const std::vector<Obstacle>& obstacles) {
    const Obstacle& first = obstacles.front();
    std::string context = "process " + std::to_string(first.pid);
    if (!first.name.empty()) context += " (" + printable_line(first.name) + ")";
    if (obstacles.size() > 1) context += " and " + std::to_string(obstacles.size() - 1) + " more";
    context += " cannot be adopted";
    return make_error(Errc::refused, std::move(context), first.why, first.fix);
}

} // namespace outlast::adopt
