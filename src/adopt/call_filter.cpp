// Filters of system calls: whether they would harm a process that is taken over.
#include "adopt/call_filter.hpp"

#include "adopt/process_status.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sched.h>
#include <string>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace outlast::adopt {
namespace {

/// What remote_process, descriptor_move, group_move and session_move let a process do, in a process
/// that nobody will miss. Whether a call succeeds is of no account.
[[noreturn]] void try_calls() noexcept {
    constexpr std::array numbers{SYS_mmap,    SYS_munmap, SYS_openat,       SYS_close,
                                 SYS_dup3,    SYS_fcntl,  SYS_epoll_ctl,    SYS_setpgid,
                                 SYS_getpgid, SYS_getpid, SYS_rt_sigaction, SYS_ioctl,
                                 SYS_setsid,  SYS_wait4};
    // Arguments that are wrong for all of them: a filter that looks at them too sees what it would.
    for (const long number : numbers) ::syscall(number, -1L, -1L, -1L, -1L, -1L, -1L);
    if (::syscall(SYS_clone, SIGCHLD, 0L, 0L, 0L, 0L) == 0) ::_exit(0);
    ::_exit(0);
}

bool survives_the_calls() {
    const pid_t child = ::fork();
    if (child < 0) return false;
    if (child == 0) try_calls();
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status);
}

} // namespace

bool filter_is_harmless(std::string_view status) {
    if (status_field(status, "Seccomp") != "2") return false;
    const std::string_view count = status_field(status, "Seccomp_filters");
    if (count.empty()) return false;
    for (const pid_t other : {pid_t{1}, ::getpid()}) {
        const std::string text = read_status(other);
        if (status_field(text, "Seccomp_filters") != count) return false;
    }
    static const bool survives = survives_the_calls();
    return survives;
}

} // namespace outlast::adopt
