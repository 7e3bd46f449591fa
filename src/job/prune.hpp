// Removes jobs that ended long ago.
#pragma once

#include "job/removal.hpp"

#include <functional>
#include <string>

namespace outlast::job {

struct PruneRules {
    Nanoseconds older = 0;  ///< removes jobs that ended longer ago than this
    Nanoseconds now = 0;    ///< CLOCK_REALTIME
    bool dry_run = false;   ///< only tells which
    Nanoseconds budget = 0; ///< stops looking after this much time; 0: no limit
};

struct Pruned {
    std::uint64_t number = 0;
    std::string id;
    std::string name;
    Nanoseconds ended = 0;
    std::uint64_t bytes = 0; ///< 0 in a dry run
};

/// Living jobs, damaged ones, and those that left something running stay. `report` is called for
/// each that goes. Errors of a single job are skipped: the next prune meets it again.
void prune(Registry& registry, const PruneRules& rules,
           const std::function<void(const Pruned&)>& report);

/// The hook for commands that make jobs: at most once a day, and for at most 20 ms, removes jobs
/// that ended longer ago than `keep` (0: none). Says nothing and never fails. The time of the last
/// one is that of the file `pruned` in the state directory.
void prune_now_and_then(Registry& registry, Nanoseconds keep);

} // namespace outlast::job
