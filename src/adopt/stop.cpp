// The stops of a traced thread, and waiting for them.
#include "adopt/stop.hpp"

#include "sys/signals.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <string>
#include <sys/ptrace.h>
#include <sys/wait.h>

namespace outlast::adopt {
namespace {

constexpr Nanoseconds longest_sleep = ns_per_ms; // between two looks, should a SIGCHLD be missed
constexpr int event_shift = 16;
constexpr int call_stop = SIGTRAP | 0x80; // with PTRACE_O_TRACESYSGOOD

Stop stop_from(int status) noexcept {
    if (!WIFSTOPPED(status)) return {Stop::Kind::gone, 0};
    const int event = status >> event_shift;
    const int signal = WSTOPSIG(status);
    if (event == PTRACE_EVENT_STOP) return {Stop::Kind::held, signal};
    if (event != 0) return {Stop::Kind::event, event};
    if (signal == call_stop) return {Stop::Kind::in_call, 0};
    return {Stop::Kind::signalled, signal};
}

/// Until a child or a traced thread has changed, or a moment has passed.
void sleep_for_child(Nanoseconds span) noexcept {
    sigset_t child;
    ::sigemptyset(&child);
    ::sigaddset(&child, SIGCHLD);
    const timespec time{0, std::min(span, longest_sleep)};
    ::sigtimedwait(&child, nullptr, &time);
}

} // namespace

SignalsHeld::SignalsHeld() noexcept {
    m_before = sys::block_all_signals();
    // Where it is ignored, as some callers leave it, the kernel tells of no stop.
    struct sigaction usual {};
    usual.sa_handler = SIG_DFL;
    ::sigaction(SIGCHLD, &usual, &m_child_action);
}

SignalsHeld::~SignalsHeld() {
    ::sigaction(SIGCHLD, &m_child_action, nullptr);
    ::sigprocmask(SIG_SETMASK, &m_before, nullptr);
}

Result<Stop> await_stop(pid_t thread, const Deadline& deadline) {
    while (true) {
        int status = 0;
        const pid_t found = ::waitpid(thread, &status, __WALL | WNOHANG);
        if (found == thread) return stop_from(status);
        if (found < 0 && errno == ECHILD) return Stop{Stop::Kind::gone, 0};
        if (found < 0 && errno != EINTR) return fail_errno("wait for a stop");
        const Nanoseconds left = deadline.left();
        if (left == 0) {
            return fail_errno(ETIMEDOUT, "thread " + std::to_string(thread) + " does not stop");
        }
        sleep_for_child(left);
    }
}

Result<> go_on(pid_t thread, int request, int signal) {
    // The kernel takes the signal's number in the place of a pointer.
    if (::ptrace(static_cast<__ptrace_request>(request), thread, nullptr,
                 static_cast<long>(signal)) != 0) {
        return fail_errno("let it go on");
    }
    return {};
}

Result<Held> await_held(pid_t thread, const Deadline& deadline) {
    while (true) {
        const auto stop = await_stop(thread, deadline);
        if (!stop) return fail(stop.error());
        if (stop->kind == Stop::Kind::held)
            return stop->number == SIGTRAP ? Held::running : Held::stopped;
        if (stop->kind == Stop::Kind::gone) return Held::gone;
        const int signal = stop->kind == Stop::Kind::signalled ? stop->number : 0;
        // It may have been killed in the meantime; the next wait tells.
        if (auto going = go_on(thread, PTRACE_CONT, signal);
            !going && !going.error().is_errno(ESRCH)) {
            return fail(going.error());
        }
    }
}

} // namespace outlast::adopt
