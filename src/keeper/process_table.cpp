// All processes at one moment.
#include "keeper/process_table.hpp"

#include <vector>

namespace outlast::keeper {
namespace {

bool is_resident(const sys::ProcessStat& process) {
    return process.name == "outlast-keeper" || process.name == "outlast-scribe" ||
           process.name == "outlast-anchor" || process.name == "outlast-standin" ||
           process.name == "outlast-tracer";
}

} // namespace

bool ProcessTable::has(pid_t pid, std::uint64_t start_ticks) const {
    const auto found = processes.find(pid);
    return found != processes.end() && found->second.start_ticks == start_ticks;
}

void ProcessTable::add_tree(pid_t root, std::set<pid_t>& found) const {
    std::vector<pid_t> open{root};
    while (!open.empty()) {
        const pid_t pid = open.back();
        open.pop_back();
        const auto process = processes.find(pid);
        if (process == processes.end() || is_resident(process->second)) continue;
        if (!found.insert(pid).second) continue;
        const auto [first, last] = children.equal_range(pid);
        for (auto child = first; child != last; ++child) open.push_back(child->second);
    }
}

ProcessTable read_process_table() {
    ProcessTable table;
    for (const pid_t pid : sys::all_pids()) {
        auto stat = sys::read_process_stat(pid);
        if (!stat) continue;
        table.children.emplace(stat->parent, pid);
        table.processes.emplace(pid, std::move(*stat));
    }
    return table;
}

} // namespace outlast::keeper
