// Which processes belong to a job whose command somebody else has started.
#include "keeper/adopted.hpp"

#include "sys/pty.hpp"

#include <algorithm>
#include <span>

namespace outlast::keeper {
namespace {

using twin::Member;
using twin::SharedState;

std::span<const Member> members_of(const SharedState& state) {
    return {state.members.data(), std::min<std::size_t>(state.member_count, state.members.size())};
}

bool is_group_of_job(const SharedState& state, pid_t group) {
    const auto* end =
        state.groups.begin() + std::min<std::size_t>(state.group_count, state.groups.size());
    return std::find(state.groups.begin(), end, group) != end;
}

/// The job's groups that are its own still.
std::set<pid_t> proven_groups(const SharedState& state, const ProcessTable& table) {
    std::set<pid_t> groups;
    for (const Member& member : members_of(state)) {
        if (!table.has(member.pid, member.start)) continue;
        const pid_t group = table.processes.at(member.pid).group;
        if (is_group_of_job(state, group)) groups.insert(group);
    }
    return groups;
}

} // namespace

std::set<pid_t> find_adopted(const SharedState& state, const ProcessTable& table) {
    std::set<pid_t> found;
    for (const Member& member : members_of(state)) {
        if (table.has(member.pid, member.start)) table.add_tree(member.pid, found);
    }
    const auto groups = proven_groups(state, table);
    const auto session = sys::session_of_terminal(state.fds.master);
    for (const auto& [pid, stat] : table.processes) {
        if (groups.contains(stat.group) || (session && stat.session == *session))
            table.add_tree(pid, found);
    }
    return found;
}

std::vector<pid_t> adopted_group(const SharedState& state) {
    const ProcessTable table = read_process_table();
    const auto groups = proven_groups(state, table);
    const auto session = sys::session_of_terminal(state.fds.master);
    std::vector<pid_t> found;
    for (const auto& [pid, stat] : table.processes) {
        if (stat.state == 'Z' || (session && stat.session == *session)) continue;
        if (groups.contains(stat.group)) found.push_back(pid);
    }
    return found;
}

void note_members(SharedState& state) {
    const ProcessTable table = read_process_table();
    for (const pid_t pid : find_adopted(state, table)) {
        const sys::ProcessStat& stat = table.processes.at(pid);
        const auto known = members_of(state);
        const bool is_known = std::any_of(known.begin(), known.end(), [&](const Member& member) {
            return member.pid == pid && member.start == stat.start_ticks;
        });
        if (is_known || stat.state == 'Z') continue;
        if (known.size() == state.members.size()) return;
        Member& member = state.members[state.member_count];
        member = {pid, 0, stat.start_ticks, {}, 0};
        stat.name.copy(member.name.data(), member.name.size() - 1);
        // Counted when it is whole: a keeper may be killed in between.
        ++state.member_count;
    }
}

} // namespace outlast::keeper
