// pidfds.
#include "sys/pidfd.hpp"

#include "sys/feature.hpp"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace outlast::sys {
namespace {

// include/uapi/linux/pidfd.h; Debian 12's headers are older than these.
struct PidfdInfo {
    std::uint64_t mask;
    std::uint64_t cgroup_id;
    std::uint32_t pid, tgid, ppid;
    std::uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
    std::int32_t exit_code;
    std::uint32_t coredump_mask, spare;
};
static_assert(sizeof(PidfdInfo) == 72);
constexpr std::uint64_t pidfd_info_exit = 1U << 3;
constexpr unsigned long pidfd_get_info = _IOWR(0xFF, 11, PidfdInfo);

} // namespace

Result<UniqueFd> open_pidfd(pid_t pid) {
    UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)));
    if (!fd) return fail_errno("pidfd_open " + std::to_string(pid));
    return fd;
}

Result<> send_signal(int pidfd, int signal) {
    if (::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0U) != 0)
        return fail_errno("pidfd_send_signal");
    return {};
}

bool has_ended(int pidfd) {
    pollfd watch{pidfd, POLLIN, 0};
    return ::poll(&watch, 1, 0) == 1;
}

std::optional<ExitStatus> exit_info(int pidfd) {
    PidfdInfo info{};
    info.mask = pidfd_info_exit;
    if (::ioctl(pidfd, pidfd_get_info, &info) != 0) return std::nullopt;
    if ((info.mask & pidfd_info_exit) == 0) return std::nullopt;
    return exit_status_from_wait(info.exit_code);
}

bool kernel_has_exit_info() {
    if (is_switched_off(Feature::pidfd_info)) return false;
    const pid_t child = ::fork();
    if (child < 0) return false;
    if (child == 0) ::_exit(7);
    const auto fd = open_pidfd(child);
    siginfo_t ignored{};
    while (::waitid(P_PID, static_cast<id_t>(child), &ignored, WEXITED) != 0 && errno == EINTR) {
    }
    return fd && exit_info(fd->get()) == ExitStatus(Exited{7});
}

Result<std::optional<ChildEnd>> peek_child(pid_t pid) {
    siginfo_t info{};
    ChildEnd end;
    // The raw call, because glibc's waitid has no rusage argument.
    while (::syscall(SYS_waitid, P_PID, pid, &info, WEXITED | WNOWAIT | WNOHANG, &end.usage) != 0) {
        if (errno != EINTR) return fail_errno("waitid");
    }
    if (info.si_pid == 0) return std::optional<ChildEnd>();
    if (info.si_code == CLD_EXITED) end.status = Exited{info.si_status & 0xFF};
    else end.status = Signaled{info.si_status, info.si_code == CLD_DUMPED};
    return std::optional<ChildEnd>(std::move(end));
}

void reap(pid_t pid) noexcept {
    siginfo_t ignored{};
    while (::waitid(P_PID, static_cast<id_t>(pid), &ignored, WEXITED | WNOHANG) != 0 &&
           errno == EINTR) {
    }
}

} // namespace outlast::sys
