// The anchor.
#include "keeper/anchor.hpp"

#include "sys/close_descriptors.hpp"
#include "sys/file.hpp"
#include "sys/pidfd.hpp"
#include "sys/process_title.hpp"
#include "twin/twins.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace outlast::keeper {
namespace {

bool ends_within(pid_t child, Nanoseconds span) noexcept {
    const auto pidfd = sys::open_pidfd(child);
    if (!pidfd) return false;
    pollfd ended{pidfd->get(), POLLIN, 0};
    return ::poll(&ended, 1, static_cast<int>(span / ns_per_ms)) != 0;
}

/// A short command is over before the exec would be.
[[noreturn]] void become_anchor(pid_t child, int record) noexcept {
    ::prctl(PR_SET_NAME, "outlast-anchor", 0, 0, 0);
    // It must not keep a terminal, a pipe or a lock open.
    sys::close_descriptors_but({record});
    (void)sys::set_process_title("outlast: anchor");
    if (!ends_within(child, ns_per_second)) {
        std::array<char, 64> how{};
        std::snprintf(how.data(), how.size(), "%s=anchor %d %d", twin::resident_variable, child,
                      record);
        std::array<const char*, 2> arguments{"outlast: anchor", nullptr};
        std::array<const char*, 2> environment{how.data(), nullptr};
        ::fcntl(record, F_SETFD, 0);
        // execve takes char* const[] for historical reasons and changes nothing.
        ::execve("/proc/self/exe", const_cast<char* const*>(arguments.data()),
                 const_cast<char* const*>(environment.data()));
    }
    wait_as_anchor(child, record);
}

} // namespace

void wait_as_anchor(pid_t child, int record) noexcept {
    ::prctl(PR_SET_NAME, "outlast-anchor", 0, 0, 0);
    AnchorRecord result{};
    siginfo_t info{};
    // WNOWAIT: were we killed before the record is written, the status would still be there for the
    // keeper.
    while (::syscall(SYS_waitid, P_PID, child, &info, WEXITED | WNOWAIT, &result.usage) != 0) {
        if (errno != EINTR) ::_exit(1);
    }
    result.how = info.si_code;
    result.value = info.si_status;
    result.magic = twin::anchor_magic;
    (void)!::pwrite(record, &result, sizeof result, 0);
    ::_exit(0);
}

void start_tracer(twin::SharedState& state) {
    if (state.fds.anchor_record < 0)
        state.fds.anchor_record = ::memfd_create("outlast-anchor", MFD_CLOEXEC);
    if (state.fds.anchor_record < 0) return;
    const auto program = sys::open_at(AT_FDCWD, "/proc/self/exe", O_PATH);
    if (!program) return;
    std::array<char, 64> how{};
    std::snprintf(how.data(), how.size(), "%s=tracer %d %d", twin::resident_variable,
                  state.child_pid, state.fds.anchor_record);
    const pid_t tracer = ::fork();
    if (tracer == 0) {
        ::setsid();
        std::array<const char*, 2> arguments{"outlast: tracer", nullptr};
        std::array<const char*, 2> environment{how.data(), nullptr};
        ::fcntl(state.fds.anchor_record, F_SETFD, 0);
        // execve takes char* const[] for historical reasons and changes nothing.
        ::fexecve(program->get(), const_cast<char* const*>(arguments.data()),
                  const_cast<char* const*>(environment.data()));
        ::_exit(1);
    }
    if (tracer < 0) return;
    state.anchor_pid = tracer;
    if (auto anchor = sys::open_pidfd(tracer)) state.fds.anchor = anchor->release();
}

Result<AnchoredChild> start_anchor(const ChildPlan& plan, int record) {
    int answer[2];
    if (::pipe2(answer, O_CLOEXEC) != 0) return fail_errno("pipe");
    const sys::UniqueFd answer_read(answer[0]);
    sys::UniqueFd answer_write(answer[1]);
    AnchoredChild started;
    started.anchor = ::fork();
    if (started.anchor < 0) return fail_errno("fork");
    if (started.anchor == 0) {
        ::setsid();
        const pid_t child = ::fork();
        if (child == 0) run_child(plan);
        (void)!::write(answer_write.get(), &child, sizeof child);
        if (child < 0) ::_exit(1);
        become_anchor(child, record);
    }
    answer_write.reset();
    if (::read(answer_read.get(), &started.child, sizeof started.child) != sizeof started.child ||
        started.child < 0) {
        return fail_errno(EAGAIN, "fork");
    }
    return started;
}

std::optional<AnchorRecord> read_anchor_record(int record) {
    AnchorRecord result{};
    const auto have = sys::read_at(record, reinterpret_cast<char*>(&result), sizeof result, 0);
    if (!have || *have != sizeof result || result.magic != twin::anchor_magic) return std::nullopt;
    return result;
}

sys::ExitStatus status_of(const AnchorRecord& record) {
    if (record.how == CLD_EXITED) return sys::Exited{record.value & 0xFF};
    return sys::Signaled{record.value, record.how == CLD_DUMPED};
}

} // namespace outlast::keeper
