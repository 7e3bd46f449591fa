// Starts the keeper's process.
#include "job/keeper_process.hpp"

#include "sys/feature.hpp"
#include "sys/file.hpp"
#include "sys/pidfd.hpp"
#include "twin/twins.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace outlast::job {
namespace {

struct Plan {
    std::string title;
    std::string variable;
    std::vector<int> kept;
    int nice = 0;
};

void close_others_at_exec() noexcept {
    constexpr unsigned close_range_cloexec = 1U << 2; // Linux 5.11
    if (::syscall(SYS_close_range, 3U, ~0U, close_range_cloexec) == 0) return;
    constexpr int enough = 4096;
    for (int fd = 3; fd < enough; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

[[noreturn]] void become_keeper(const Plan& plan) noexcept {
    ::setsid();
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd <= 2; ++fd) ::dup2(null, fd);
    close_others_at_exec();
    for (const int fd : plan.kept) ::fcntl(fd, F_SETFD, 0);
    if (plan.nice != 0) ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + plan.nice);
    std::array<const char*, 2> arguments{plan.title.c_str(), nullptr};
    std::array<const char*, 2> environment{plan.variable.c_str(), nullptr};
    // execve takes char* const[] for historical reasons and changes nothing.
    ::execve("/proc/self/exe", const_cast<char* const*>(arguments.data()),
             const_cast<char* const*>(environment.data()));
    ::_exit(127);
}

} // namespace

Result<KeeperStart> start_keeper_process(const twin::SharedState& state, const std::string& how,
                                         const std::vector<int>& extra, int nice) {
    Plan plan;
    plan.title = twin::process_title(state, twin::Role::keeper);
    plan.variable = std::string(twin::resident_variable) + "=" + how;
    plan.kept = extra;
    plan.nice = nice;
    const auto* numbers = reinterpret_cast<const std::int32_t*>(&state.fds);
    for (std::size_t i = 0; i < twin::SharedState::fd_count; ++i) {
        if (numbers[i] >= 0) plan.kept.push_back(numbers[i]);
    }
    const pid_t between = ::fork();
    if (between < 0) return fail_errno("start the keeper");
    if (between == 0) {
        const pid_t keeper = ::fork();
        if (keeper == 0) become_keeper(plan);
        ::_exit(keeper < 0 ? errno : 0);
    }
    const auto pidfd = sys::open_pidfd(between);
    int status = 0;
    while (::waitpid(between, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        return fail_errno(WEXITSTATUS(status), "start the keeper");
    KeeperStart start;
    start.kernel_tells_exit = pidfd && sys::exit_info(pidfd->get()).has_value() &&
                              !sys::is_switched_off(sys::Feature::pidfd_info);
    return start;
}

} // namespace outlast::job
