// What the command of a job has left running when it ended.
#pragma once

#include "job/record.hpp"

#include <vector>

namespace outlast::job {

/// The processes that hold the lock of a job which has ended: everything that it started inherits
/// it. Keeper and scribe, which leave a moment after the end was told, are not among them.
[[nodiscard]] std::vector<pid_t> leftovers_of(const JobFolder& folder, const Record& record);

} // namespace outlast::job
