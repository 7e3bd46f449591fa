// All processes at one moment, and who is whose child.
#pragma once

#include "sys/process_info.hpp"

#include <map>
#include <set>

namespace outlast::keeper {

struct ProcessTable {
    std::map<pid_t, sys::ProcessStat> processes;
    std::multimap<pid_t, pid_t> children;

    /// Zombies too.
    [[nodiscard]] bool has(pid_t pid, std::uint64_t start_ticks) const;
    /// Adds `root` and all below it, but nothing below a resident process of ours: a job that was
    /// started within this one lives on its own.
    void add_tree(pid_t root, std::set<pid_t>& found) const;
};
[[nodiscard]] ProcessTable read_process_table();

} // namespace outlast::keeper
