// The running processes that a command line names: PID, NAME, %N.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace outlast::cli {

/// A process that a word names.
struct NamedProcess {
    pid_t pid = 0;
    pid_t group = 0;
    uid_t owner = 0;
    std::string name;    ///< as the kernel has it; not harmless to print
    std::string command; ///< one line, harmless to print
};

/// What `word` stands for, ascending by pid and never empty:
///   4312   that process
///   %1     the processes of that job of the shell this was typed in (shell/job_table.hpp), the
///          leader of its process group first
///   rsync  the caller's processes of that name (all users' for root): what the kernel calls it,
///          the first word without its folder, or the script that an interpreter runs. Neither
///          this process and its ancestors, nor outlast's residents.
/// `no_such_job` (exit code 3) when there is none, with a "did you mean".
[[nodiscard]] Result<std::vector<NamedProcess>> find_processes(const std::string& word);

/// The one process group that `word` stands for, its leader first if that lives; for commands that
/// act. `ambiguous_job` (exit code 3) when it stands for processes of several groups: they are
/// listed. A PID stands for its whole group.
[[nodiscard]] Result<std::vector<NamedProcess>> find_group(const std::string& word);

/// "rsync (PID 4312)", harmless to print.
[[nodiscard]] std::string process_label(const NamedProcess& process);

} // namespace outlast::cli
