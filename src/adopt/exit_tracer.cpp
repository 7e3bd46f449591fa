// Learns how a process ends by tracing it.
#include "adopt/exit_tracer.hpp"

#include "sys/become_user.hpp"
#include "sys/clock.hpp"

#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

namespace outlast::adopt {
namespace {

Result<> seize(pid_t pid) {
    constexpr Nanoseconds patience = 5 * ns_per_second;
    constexpr int pause_ms = 20;
    const Nanoseconds deadline = sys::boottime_now() + patience;
    for (;;) {
        if (::ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) == 0) return {};
        // EPERM: it is being traced still, or it may not be.
        if (errno != EPERM || sys::boottime_now() > deadline) return fail_errno("ptrace");
        ::poll(nullptr, 0, pause_ms);
    }
}

/// Lets a stopped tracee do what it would do without us.
void pass_on(pid_t pid, int status) {
    const int signal = WSTOPSIG(status);
    const int event = status >> 16;
    // A stop by SIGSTOP and the like goes on until SIGCONT (PTRACE_LISTEN); any other event has
    // nothing to deliver.
    const bool stops =
        signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
    if (event == PTRACE_EVENT_STOP && stops) ::ptrace(PTRACE_LISTEN, pid, nullptr, nullptr);
    else ::ptrace(PTRACE_CONT, pid, nullptr, event != 0 ? 0 : signal);
}

} // namespace

Result<TracedEnd> trace_until_end(pid_t pid) {
    ::prctl(PR_SET_NAME, "outlast-tracer", 0, 0, 0);
    if (auto done = seize(pid); !done) return fail(done.error());
    sys::give_up_tracing(); // what is traced stays so
    for (;;) {
        TracedEnd end;
        const pid_t found = ::wait4(pid, &end.status, __WALL, &end.usage);
        if (found < 0 && errno == EINTR) continue;
        if (found < 0) return fail_errno("wait for the process");
        if (!WIFSTOPPED(end.status)) return end;
        pass_on(pid, end.status);
    }
}

} // namespace outlast::adopt
