// What becomes of jobs on this host after a logout: policy, linger, placement, and who else may end
// them.
#pragma once

#include "check/finding.hpp"

namespace outlast::check {

/// For a job that this process would start. Where such a job would be moved, it is tried out, with
/// a process that does nothing.
[[nodiscard]] Findings find_logout_risks();

/// Batch systems, containers, WSL, and scripts that end processes.
[[nodiscard]] Findings find_other_powers();

} // namespace outlast::check
