// Starts the keeper's process.
#include "job/keeper_process.hpp"

#include "sys/close_descriptors.hpp"
#include "sys/feature.hpp"
#include "sys/pidfd.hpp"
#include "sys/signals.hpp"

#include <cerrno>
#include <exception>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace outlast::job {
namespace {

KeeperMain keeper_main = nullptr;

void leave_callers_descriptors(const twin::SharedState& state, const twin::Launch* launch) {
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd <= 2; ++fd) ::dup2(null, fd);
    const auto shared = state.descriptors();
    std::vector<int> kept(shared.begin(), shared.end());
    kept.insert(kept.end(), {0, 1, 2});
    if (launch != nullptr) kept.insert(kept.end(), {launch->input, launch->report});
    sys::close_descriptors_but(std::move(kept));
}

/// fork(2): EAGAIN, where the user or the cgroup has no process left.
Failure cannot_fork(int code) {
    Error error = errno_error(code, "start the keeper");
    error.fix = code == EAGAIN ? "end some of your processes; ulimit -u and the cgroup's pids.max "
                                 "say how many you may have"
                               : "free some memory, and try again";
    return fail(std::move(error));
}

[[noreturn]] void become_keeper(twin::SharedState& state, twin::Launch* launch, int nice,
                                const std::function<void()>& if_not_begun) noexcept {
    sys::block_all_signals();
    sys::switch_off(state.without_features);
    ::setsid();
    if (nice != 0) ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + nice);
    try {
        leave_callers_descriptors(state, launch);
        const int code = keeper_main(state, launch);
        if (code != 0 && if_not_begun) if_not_begun();
        ::_exit(code);
    } catch (const std::exception&) {
        ::_exit(1); // no memory: the caller sees that its report never comes
    }
}

} // namespace

void set_keeper_main(KeeperMain main) noexcept { keeper_main = main; }

Result<KeeperStart> fork_keeper(twin::SharedState& state, twin::Launch* launch, int nice,
                                const std::function<void()>& if_not_begun) {
    volatile pid_t pid = 0; // written by the process between, which has the same memory
    // Only the keeper needs a copy of this memory. The process between borrows it (vfork(2)) and
    // does nothing but the one call that POSIX allows in a signal handler too.
    const pid_t between = ::vfork();
    if (between < 0) return cannot_fork(errno);
    if (between == 0) {
        const pid_t keeper = ::_Fork();
        if (keeper == 0) become_keeper(state, launch, nice, if_not_begun);
        pid = keeper;
        ::_exit(keeper < 0 ? errno : 0);
    }
    const auto pidfd = sys::open_pidfd(between);
    int status = 0;
    while (::waitpid(between, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0) return cannot_fork(WEXITSTATUS(status));
    KeeperStart start;
    start.pid = pid;
    start.kernel_tells_exit = pidfd && sys::exit_info(pidfd->get()).has_value() &&
                              !sys::is_switched_off(sys::Feature::pidfd_info);
    return start;
}

} // namespace outlast::job
