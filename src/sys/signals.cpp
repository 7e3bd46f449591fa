// Signals as descriptors.
#include "sys/signals.hpp"

#include <sys/signalfd.h>

namespace outlast::sys {
namespace {

sigset_t mask_at_start; // written once, before anything else runs

} // namespace

sigset_t block_all_signals() noexcept {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    return before;
}

sigset_t block_signals(std::initializer_list<int> signals) noexcept {
    sigset_t blocked;
    sigset_t before;
    sigemptyset(&blocked);
    for (const int signal : signals) sigaddset(&blocked, signal);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    return before;
}

void hold_back_sigpipe() noexcept { mask_at_start = block_signals({SIGPIPE, SIGXFSZ}); }

const sigset_t& callers_signal_mask() noexcept { return mask_at_start; }

Result<UniqueFd> open_signal_fd(std::initializer_list<int> signals) {
    sigset_t wanted;
    sigemptyset(&wanted);
    for (const int signal : signals) sigaddset(&wanted, signal);
    UniqueFd fd(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd) return fail_errno("signalfd");
    return fd;
}

std::optional<int> take_signal(int signal_fd) noexcept {
    signalfd_siginfo info{};
    if (::read(signal_fd, &info, sizeof info) != static_cast<ssize_t>(sizeof info))
        return std::nullopt;
    return static_cast<int>(info.ssi_signo);
}

} // namespace outlast::sys
