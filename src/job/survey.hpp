// All jobs as they are at this moment.
#pragma once

#include "job/registry.hpp"

#include <vector>

namespace outlast::job {

/// The records of all jobs, ascending by number, damaged ones among them. Living ones are looked at
/// more closely (quiet, needs input), and one that has lost keeper and scribe gets a new keeper.
/// Finished jobs cost one open and one read each.
[[nodiscard]] std::vector<Record> survey(const Registry& registry, Nanoseconds now);

/// The same for one record that was read just now.
void refresh(const JobFolder& folder, Record& record, Nanoseconds now);

} // namespace outlast::job
