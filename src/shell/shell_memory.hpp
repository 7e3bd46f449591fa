// The job tables of bash and zsh, read out of their memory.
#pragma once

#include "shell/job_table.hpp"

#include <optional>
#include <set>

namespace outlast::shell {

/// What an interactive shell says of its jobs; nothing when it may not be read, is of a version
/// whose layout is not known, or says something that cannot be: each job must be one of
/// `child_groups`, the process groups of the shell's living children.
[[nodiscard]] std::optional<std::vector<Job>> read_bash_jobs(pid_t pid,
                                                             const std::set<pid_t>& child_groups);
[[nodiscard]] std::optional<std::vector<Job>> read_zsh_jobs(pid_t pid,
                                                            const std::set<pid_t>& child_groups);

} // namespace outlast::shell
