// The anchor.
#include "keeper/anchor.hpp"

#include "sys/file.hpp"

#include <cerrno>
#include <cstring>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace outlast::keeper {
namespace {

constexpr std::uint32_t anchor_magic = 0x48434E41;

/// The standard descriptors and all others but `record` are closed: the anchor must not keep a
/// terminal, a pipe or a lock open.
void close_all_but(int record) noexcept {
    ::dup2(record, 3);
    if (::syscall(SYS_close_range, 4U, ~0U, 0U) == 0) {
        ::syscall(SYS_close_range, 0U, 2U, 0U);
        return;
    }
    constexpr int enough = 4096; // close_range(2) came with Linux 5.9
    for (int fd = 0; fd < enough; ++fd) {
        if (fd != 3) ::close(fd);
    }
}

[[noreturn]] void wait_for_child(pid_t child, int record) noexcept {
    ::prctl(PR_SET_NAME, "outlast-anchor", 0, 0, 0);
    close_all_but(record);
    AnchorRecord result{};
    siginfo_t info{};
    // WNOWAIT: were we killed before the record is written, the status would still be there for the
    // keeper.
    while (::syscall(SYS_waitid, P_PID, child, &info, WEXITED | WNOWAIT, &result.usage) != 0) {
        if (errno != EINTR) ::_exit(1);
    }
    result.how = info.si_code;
    result.value = info.si_status;
    result.magic = anchor_magic;
    (void)!::pwrite(3, &result, sizeof result, 0);
    ::_exit(0);
}

} // namespace

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
        wait_for_child(child, record);
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
    if (!have || *have != sizeof result || result.magic != anchor_magic) return std::nullopt;
    return result;
}

sys::ExitStatus status_of(const AnchorRecord& record) {
    if (record.how == CLD_EXITED) return sys::Exited{record.value & 0xFF};
    return sys::Signaled{record.value, record.how == CLD_DUMPED};
}

} // namespace outlast::keeper
