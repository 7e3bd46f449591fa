// Moves processes out of a session that their host would end at logout.
#include "check/leave_session.hpp"

#include "job/own_scope.hpp"
#include "sys/process_info.hpp"

#include <algorithm>

namespace outlast::check {
namespace {

std::vector<pid_t> with_descendants(const std::vector<pid_t>& processes) {
    std::vector<pid_t> all;
    for (const pid_t each : processes) {
        for (const pid_t pid : sys::descendants_of(each)) {
            if (std::find(all.begin(), all.end(), pid) == all.end()) all.push_back(pid);
        }
    }
    return all;
}

/// The sessions' owners may differ (sudo), so each place is judged by itself.
std::vector<pid_t> those_at_risk(const std::vector<pid_t>& processes) {
    std::vector<pid_t> result;
    std::string judged; // the path of the last session: as a rule all are in the same one
    bool ends = false;
    for (const pid_t pid : processes) {
        const Place place = find_place(pid);
        if (place.path != judged) {
            judged = place.path;
            ends = should_leave(place, look_at_host(place, pid));
        }
        if (ends) result.push_back(pid);
    }
    return result;
}

Survival worst_of(const std::vector<pid_t>& processes) {
    Survival worst{Outcome::survives, {}, {}};
    for (const pid_t pid : processes) {
        Survival survival = check_survival(pid, Ask::files_where_they_do);
        if (survival.outcome == Outcome::ends) return survival;
        if (!survival.safe()) worst = std::move(survival);
    }
    return worst;
}

} // namespace

Survival leave_session(const std::vector<pid_t>& processes, const std::string& name,
                       const std::string& description) {
    std::string why;
    std::vector<pid_t> all = with_descendants(processes);
    std::vector<pid_t> movers = those_at_risk(all);
    if (!movers.empty()) {
        job::Placed placed = job::place_in_own_scope(movers, name, description);
        // What they have started meanwhile may be where they were.
        constexpr int rounds = 3;
        for (int round = 0; round < rounds && placed.complete(); ++round) {
            all = with_descendants(processes);
            const std::vector<pid_t> late = those_at_risk(all);
            if (late.empty() || placed.inside.empty()) break;
            placed = job::join_scope_of(placed.inside.front(), late);
        }
        why = placed.why;
    }
    Survival survival = worst_of(all);
    if (!survival.safe() && !why.empty())
        survival.why += ", and it could not be moved out of its session (" + why + ")";
    return survival;
}

} // namespace outlast::check
