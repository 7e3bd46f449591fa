// Whether kernel and limits give what a job and its keeper need.
#pragma once

#include "check/finding.hpp"

namespace outlast::check {

/// Terminals, kernel features, ptrace, control groups, inotify, limits; each tried where it can be.
[[nodiscard]] Findings find_system_risks();

} // namespace outlast::check
