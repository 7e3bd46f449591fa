// Moves processes into a process group of their own.
#include "adopt/group_move.hpp"

#include "sys/process_info.hpp"

#include <algorithm>
#include <string>
#include <sys/syscall.h>

namespace outlast::adopt {

Result<RemoteProcess::Child> GroupMove::make_child(RemoteProcess& parent, Journal& journal) {
    const auto child = parent.make_child();
    if (!child) return fail(child.error());
    m_children.push_back({&parent, *child});
    journal.add("a child that never runs",
                [&parent, child = *child] { return parent.end_child(child); });
    return *child;
}

Result<> GroupMove::set_group(RemoteProcess& process, std::int64_t pid, std::int64_t group) {
    const auto done = process.call(
        "setpgid", SYS_setpgid,
        {static_cast<std::uint64_t>(pid), static_cast<std::uint64_t>(group), 0, 0, 0, 0});
    if (!done) return fail(done.error());
    return {};
}

Result<> GroupMove::move(const std::vector<RemoteProcess*>& processes, Journal& journal) {
    if (processes.empty()) return {};
    RemoteProcess& first = *processes.front();
    const auto old = first.call("getpgid", SYS_getpgid);
    if (!old) return fail(old.error());
    // A group that nobody is left in cannot be entered again, except by the process whose pid it
    // has. Where that one is gone, a child stays there until there is no way back anyhow.
    std::vector<RemoteProcess*> order = processes;
    bool has_leader = false;
    for (RemoteProcess* process : processes) {
        const auto stat = sys::read_process_stat(process->pid());
        if (!stat || stat->group != stat->pid) continue;
        has_leader = true;
        std::erase(order, process);
        order.push_back(process); // it goes last, and comes back first
    }
    if (!has_leader) {
        if (auto child = make_child(first, journal); !child) return fail(child.error());
    }
    const auto child = make_child(first, journal);
    if (!child) return fail(child.error());
    if (auto set = set_group(first, child->there, child->there); !set) return set;
    for (RemoteProcess* process : order) {
        if (auto set = set_group(*process, 0, child->there); !set) return set;
        journal.add("its process group",
                    [process, group = *old] { return set_group(*process, 0, group); });
    }
    return {};
}

void GroupMove::finish() {
    for (const Child& entry : m_children) static_cast<void>(entry.parent->end_child(entry.child));
    m_children.clear();
}

} // namespace outlast::adopt
