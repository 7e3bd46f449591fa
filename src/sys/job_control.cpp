// Job control.
#include "sys/job_control.hpp"

#include "sys/process_info.hpp"

#include <csignal>
#include <unistd.h>

namespace outlast::sys {
namespace {

/// The signal reaches ourselves before kill(2) returns, because it is not blocked.
void stop_group(int signal) noexcept {
    sigset_t one;
    sigset_t before;
    sigemptyset(&one);
    sigaddset(&one, signal);
    sigprocmask(SIG_UNBLOCK, &one, &before);
    ::kill(0, signal);
    sigprocmask(SIG_SETMASK, &before, nullptr);
}

} // namespace

bool in_foreground(int terminal) noexcept {
    const pid_t group = ::tcgetpgrp(terminal);
    return group < 0 || group == ::getpgrp();
}

bool shell_waits_above() noexcept {
    const pid_t group = ::getpgrp();
    const pid_t session = ::getsid(0);
    for (pid_t pid = ::getppid(); pid > 1;) {
        const auto stat = read_process_stat(pid);
        if (!stat || stat->session != session) return false;
        if (stat->group != group) return true;
        pid = stat->parent;
    }
    return false;
}

void suspend_group() noexcept { stop_group(SIGTSTP); }

void stop_as_background_writer() noexcept { stop_group(SIGTTOU); }

} // namespace outlast::sys
