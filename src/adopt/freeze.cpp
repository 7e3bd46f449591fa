// Brings everything that belongs to a process to a standstill.
#include "adopt/freeze.hpp"

#include "sys/process_info.hpp"
#include "sys/process_use.hpp"

#include <algorithm>

namespace outlast::adopt {
namespace {

constexpr Nanoseconds longest_standstill = ns_per_second;

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

/// True when it is a member now, false when it has ended.
Result<bool> seize_member(FrozenMembers& members, pid_t pid, const Plan& plan) {
    auto member = look_at(pid, plan.terminal, Probe::by_facts);
    if (!member) {
        if (member.error().why == "it has ended") return false;
        return fail(obstacle_error({member.error()}));
    }
    auto frozen = FrozenProcess::seize(pid, member->filter);
    if (!frozen && frozen.error().is_errno(ESRCH)) return false;
    if (!frozen) return fail(frozen.error());
    members.push_back(std::make_unique<FrozenMember>(std::move(*member), std::move(*frozen)));
    return true;
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
    std::vector<pid_t> pids = find_members(plan.main);
    const Deadline deadline(longest_standstill);
    Standstill standstill;
    standstill.since = sys::boottime_now();
    FrozenMembers& members = standstill.members;
    while (!pids.empty()) {
        std::size_t seized = 0;
        for (const pid_t pid : pids) {
            if (is_known(members, pid)) continue;
            const auto done = seize_member(members, pid, plan);
            if (!done) return fail(done.error());
            if (*done) ++seized;
        }
        if (auto held = await_all(members, deadline); !held) return fail(held.error());
        if (members.empty() || members.front()->member.pid != plan.main)
            return fail(Errc::already_ended, "process " + std::to_string(plan.main));
        if (seized == 0) break; // what is left of the list are processes that have ended
        pids = new_descendants(members);
    }
    for (auto& member : members) {
        // What it had open when it was looked at may have changed until it stood still.
        auto use =
            read_terminal_use(member->member.pid, plan.terminal, member->member.has_controlling);
        if (!use) return fail(use.error());
        member->member.use = std::move(*use);
    }
    return standstill;
}

} // namespace outlast::adopt
