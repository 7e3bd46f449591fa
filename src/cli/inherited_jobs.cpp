// What a shell leaves to the program that takes its place by exec.
#include "cli/inherited_jobs.hpp"

#include "sys/process_info.hpp"
#include "twin/anchor_record.hpp"

#include <algorithm>
#include <sys/mman.h>
#include <unistd.h>

namespace outlast::cli {

std::vector<InheritedJob> find_inherited_jobs() {
    std::map<pid_t, sys::ProcessStat> last; // by process group
    for (const pid_t pid : sys::all_pids()) {
        auto stat = sys::read_process_stat(pid);
        if (!stat || stat->parent != ::getpid() || stat->state == 'Z') continue;
        if (stat->group == ::getpgrp()) continue;
        const auto known = last.find(stat->group);
        const auto rank = [](const sys::ProcessStat& each) {
            return std::pair(each.start_ticks, each.pid);
        };
        if (known == last.end() || rank(known->second) < rank(*stat))
            last[stat->group] = std::move(*stat);
    }
    std::vector<InheritedJob> jobs;
    jobs.reserve(last.size());
    for (const auto& [group, stat] : last) jobs.push_back({stat.pid, stat.name});
    std::sort(jobs.begin(), jobs.end(),
              [](const InheritedJob& a, const InheritedJob& b) { return a.main < b.main; });
    return jobs;
}

std::map<pid_t, std::string> find_ended_children() {
    std::map<pid_t, std::string> ended;
    for (const pid_t pid : sys::all_pids()) {
        const auto stat = sys::read_process_stat(pid);
        if (stat && stat->parent == ::getpid() && stat->state == 'Z') ended[pid] = stat->name;
    }
    return ended;
}

int InheritedChildren::record_for(pid_t main) {
    sys::UniqueFd file(::memfd_create("outlast-anchor", MFD_CLOEXEC));
    const int fd = file.get();
    m_records[main] = std::move(file);
    return fd;
}

bool InheritedChildren::is_one_stopped() const {
    return std::any_of(m_records.begin(), m_records.end(), [](const auto& entry) {
        const auto stat = sys::read_process_stat(entry.first);
        return stat && stat->state == 'T';
    });
}

void InheritedChildren::note(const sys::ReapedChild& child) {
    const auto found = m_records.find(child.pid);
    if (found == m_records.end()) return;
    if (found->second) twin::write_anchor_record(found->second.get(), child.status, child.usage);
    m_records.erase(found);
}

} // namespace outlast::cli
