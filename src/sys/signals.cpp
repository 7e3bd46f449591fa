// Signals as descriptors.
#include "sys/signals.hpp"

#include <sys/signalfd.h>

namespace outlast::sys {
namespace {
constexpr int last_signal = 64;

sigset_t mask_at_start; // written once, before anything else runs
} // namespace

sigset_t block_all_signals() noexcept {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    return before;
}

void hold_back_sigpipe() noexcept {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigaddset(&pipe, SIGXFSZ);
    sigprocmask(SIG_BLOCK, &pipe, &mask_at_start);
}

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

std::uint64_t ignored_signals() noexcept {
    std::uint64_t ignored = 0;
    for (int signal = 1; signal <= last_signal; ++signal) {
        struct sigaction action {};
        if (::sigaction(signal, nullptr, &action) != 0) continue;
        if (action.sa_handler == SIG_IGN) ignored |= std::uint64_t{1} << (signal - 1);
    }
    return ignored;
}

void restore_signals(std::uint64_t ignored, const sigset_t& mask) noexcept {
    for (int signal = 1; signal <= last_signal; ++signal) {
        if (signal == SIGKILL || signal == SIGSTOP) continue;
        struct sigaction action {};
        action.sa_handler = (ignored >> (signal - 1) & 1) != 0 ? SIG_IGN : SIG_DFL;
        ::sigaction(signal, &action, nullptr);
    }
    ::sigprocmask(SIG_SETMASK, &mask, nullptr);
}

} // namespace outlast::sys
