// Brings everything that belongs to a process to a standstill.
#include "adopt/freeze.hpp"

#include "sys/process_info.hpp"
#include "sys/process_use.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>

namespace outlast::adopt {
namespace {

bool is_known(const FrozenMembers& members, pid_t pid) {
    return std::any_of(members.begin(), members.end(),
                       [pid](const auto& other) { return other->member.pid == pid; });
}

/// What descends from the members; they stand still, so it is complete.
std::vector<pid_t> new_descendants(const FrozenMembers& members) {
    std::vector<pid_t> found;
    for (const auto& member : members) {
        if (is_known(members, member->member.parent)) continue; // its parent's list holds it
        for (const pid_t pid : sys::glance_at_descendants(member->member.pid)) {
            if (!is_known(members, pid)) found.push_back(pid);
        }
    }
    return found;
}

/// Facts of those of `pids` that are no members yet and have not ended.
Result<std::vector<Member>> look_at_new(const FrozenMembers& members,
                                        const std::vector<pid_t>& pids, const Plan& plan) {
    std::vector<Member> found;
    for (const pid_t pid : pids) {
        if (is_known(members, pid)) continue;
        auto member = look_at(pid, plan.terminal, Probe::by_facts);
        if (member) found.push_back(std::move(*member));
        else if (member.error().why != "it has ended")
            return fail(obstacle_error({member.error()}));
    }
    return found;
}

/// Interrupts them, without waiting; how many there were, without those that have ended.
Result<std::size_t> seize_all(FrozenMembers& members, std::vector<Member> found) {
    std::size_t count = 0;
    for (Member& member : found) {
        auto frozen = FrozenProcess::seize(member.pid, member.filter);
        if (!frozen && frozen.error().is_errno(ESRCH)) continue;
        if (!frozen) return fail(frozen.error());
        members.push_back(std::make_unique<FrozenMember>(std::move(member), std::move(*frozen)));
        ++count;
    }
    return count;
}

Result<> await_all(FrozenMembers& members, const Deadline& deadline) {
    for (auto& member : members) {
        const auto alive = member->frozen.await(deadline);
        if (!alive && alive.error().is_errno(ETIMEDOUT)) {
            return fail(Errc::refused, "process " + std::to_string(member->member.pid),
                        "it sleeps where nothing can interrupt it (state D: a disk or a network "
                        "file system does not answer)",
                        "try again when it has woken up");
        }
        if (!alive) return fail(alive.error());
        if (!*alive) member.reset();
    }
    std::erase_if(members, [](const auto& member) { return member == nullptr; });
    return {};
}

} // namespace

Result<> FrozenMember::open() {
    if (remote) return {};
    auto opened = RemoteProcess::begin(frozen, member.filter);
    if (!opened) return fail(opened.error());
    remote.emplace(std::move(*opened));
    descriptors.emplace(*remote);
    return {};
}

Result<Standstill> freeze(const Plan& plan) {
    Standstill standstill;
    FrozenMembers& members = standstill.members;
    std::vector<pid_t> pids = find_members(plan.main);
    std::optional<Deadline> deadline;
    while (!pids.empty()) {
        auto found = look_at_new(members, pids, plan);
        if (!found) return fail(found.error());
        if (!deadline) {
            deadline.emplace(longest_standstill);
            standstill.since = sys::boottime_now();
        }
        const auto seized = seize_all(members, std::move(*found));
        if (!seized) return fail(seized.error());
        if (auto held = await_all(members, *deadline); !held) return fail(held.error());
        if (members.empty() || members.front()->member.pid != plan.main)
            return fail(Errc::already_ended, "process " + std::to_string(plan.main) + " has ended");
        if (*seized == 0) break; // what is left of the list are processes that have ended
        pids = new_descendants(members);
    }
    for (auto& member : members) {
        // From here on its pid cannot pass to another process. Until now it could.
        const auto stat = sys::read_process_stat(member->member.pid);
        const bool is_main = member->member.pid == plan.main;
        const std::uint64_t start =
            is_main ? plan.main_member().start_ticks : member->member.start_ticks;
        if (!stat || stat->start_ticks != start)
            return fail(Errc::already_ended,
                        "process " + std::to_string(member->member.pid) + " has ended");
        member->member.stopped = member->frozen.was_stopped();
        // What it had open when it was looked at may have changed until it stood still.
        auto use =
            read_terminal_use(member->member.pid, plan.terminal, member->member.has_controlling);
        if (!use) return fail(use.error());
        member->member.use = std::move(*use);
    }
    return standstill;
}

} // namespace outlast::adopt
