// pidfds: a process that cannot be mistaken for another (pidfd_open(2), Linux 5.3).
#pragma once

#include "base/result.hpp"
#include "sys/exit_status.hpp"
#include "sys/unique_fd.hpp"

#include <optional>
#include <sys/resource.h>
#include <sys/types.h>

namespace outlast::sys {

/// Close-on-exec. ESRCH when no such process is there any more.
[[nodiscard]] Result<UniqueFd> open_pidfd(pid_t pid);

/// pidfd_send_signal(2).
[[nodiscard]] Result<> send_signal(int pidfd, int signal);

/// True when the process has ended (it may still be a zombie).
[[nodiscard]] bool has_ended(int pidfd);

/// PIDFD_GET_INFO with PIDFD_INFO_EXIT (Linux 6.15): the exit status of any process whose pidfd was
/// opened before it was reaped. Nothing until it has been reaped, and on older kernels.
[[nodiscard]] std::optional<ExitStatus> exit_info(int pidfd);

/// Whether this kernel has PIDFD_INFO_EXIT, tried on a child of our own. Never true when
/// OUTLAST_WITHOUT contains "pidfd-info", so that tests can walk the other path.
[[nodiscard]] bool kernel_has_exit_info();

struct ChildEnd {
    ExitStatus status;
    rusage usage{};
};
/// waitid(2) with WNOWAIT on a child of ours: its end without reaping it, so that its pid and
/// status stay until `reap`. Nothing when it still runs. ECHILD when it is not our child.
[[nodiscard]] Result<std::optional<ChildEnd>> peek_child(pid_t pid);
void reap(pid_t pid) noexcept;

} // namespace outlast::sys
