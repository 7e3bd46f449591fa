// Stops jobs for a command and tells what became of each.
#pragma once

#include "attach/stop_round.hpp"
#include "cli/output.hpp"

namespace outlast::cli {

/// How the wait went: over, or left by a second Ctrl-C (the jobs are being stopped all the same).
enum class StopWait { over, left };

/// Stops all of `records` together and returns when each has ended. The first Ctrl-C says what is
/// still waited for, the second leaves.
[[nodiscard]] Result<StopWait> stop_jobs(const job::Registry& registry,
                                         const std::vector<job::Record>& records,
                                         const attach::StopOrder& order, const Output& output,
                                         const attach::StopRound::Report& report);

/// "stopped migrate (12)", and what is worth knowing about its end.
[[nodiscard]] std::string stop_sentence(const attach::StopOutcome& outcome,
                                        const attach::StopOrder& order);

} // namespace outlast::cli
