// sudo outlast adopt: a user's process becomes a job of that user, not of root.
#pragma once

#include "cli/command.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace outlast::cli {

/// For root, when all of `processes` belong to one other user: executes this program anew as that
/// user, with the same options, and does not return. What it keeps of root's is the right to trace
/// (sys/become_user.hpp), until the processes are taken over; and the terminal it reports to. Where
/// the jobs are is decided by that user's entry in /etc/passwd and by the process's environment,
/// and no path is ever followed with more than the user's rights.
///
/// Returns without an error when there is nothing of the kind to do. `refused`: the processes
/// belong to several users; the program cannot be executed by that user.
[[nodiscard]] Result<> act_as_owner(const std::vector<pid_t>& processes, const Arguments& arguments,
                                    const Output& output);

/// In the program so executed: whose job it is; else empty. Harmless to print.
[[nodiscard]] std::string owner_acted_for();

/// "it is alice's job, who types: outlast attach NAME …"; empty unless acting for somebody.
[[nodiscard]] std::string owner_text(const std::string& job);

} // namespace outlast::cli
