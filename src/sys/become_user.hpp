// Giving up root's rights for a user's, but for the right to trace.
#pragma once

#include "base/result.hpp"

#include <sys/types.h>
#include <vector>

namespace outlast::sys {

struct UserIdentity {
    uid_t user = 0;
    gid_t group = 0;
    std::vector<gid_t> groups; ///< supplementary
};

/// The real ids of a process, as the kernel has them: the user database may be one that a static
/// program cannot ask. `ESRCH` when it has gone.
[[nodiscard]] Result<UserIdentity> identity_of_process(pid_t pid);

/// Before an execve(2): all ids become the user's, for good, and no capability is left; with
/// `tracing` CAP_SYS_PTRACE is, where we have it, and outlasts the exec (capabilities(7), ambient
/// set). As long as a process has it, others of the user can neither trace it nor look into it
/// (ptrace(2)). Root's session keyring is left. For those who are not root only their own identity
/// is to be had. After an error nothing may be done but to end.
enum class KeptRight { none, tracing };
[[nodiscard]] Result<> become_user(const UserIdentity& identity, KeptRight kept);

/// Gives the rest up: no capability remains, and none comes with an exec. Nothing for root.
void give_up_tracing() noexcept;

} // namespace outlast::sys
