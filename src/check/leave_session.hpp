// Moves processes that run already out of a session that their host would end at logout.
#pragma once

#include "check/host_survival.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace outlast::check {

/// Looks where each of `processes` and their descendants is. Those in a session whose end would end
/// them go into a scope of their own (job/own_scope.hpp), called by `name` and `description`; where
/// nobody is at risk nothing is moved. Their control group is all that changes.
///
/// Returns the worst of what then holds for all of them, looked at anew.
[[nodiscard]] Survival leave_session(const std::vector<pid_t>& processes, const std::string& name,
                                     const std::string& description);

} // namespace outlast::check
