// flock(2) locks.
#include "sys/file_lock.hpp"

#include "sys/feature.hpp"

#include <cerrno>
#include <sys/file.h>

namespace outlast::sys {
namespace {
int operation(LockMode mode) noexcept { return mode == LockMode::shared ? LOCK_SH : LOCK_EX; }
} // namespace

Result<LockAnswer> try_lock(int fd, LockMode mode) {
    if (is_switched_off(Feature::locks)) return fail_errno(ENOLCK, "flock");
    for (;;) {
        if (::flock(fd, operation(mode) | LOCK_NB) == 0) return LockAnswer::granted;
        if (errno == EWOULDBLOCK) return LockAnswer::held_by_another;
        if (errno != EINTR) return fail_errno("flock");
    }
}

Result<> wait_lock(int fd, LockMode mode) {
    if (is_switched_off(Feature::locks)) return fail_errno(ENOLCK, "flock");
    for (;;) {
        if (::flock(fd, operation(mode)) == 0) return {};
        if (errno != EINTR) return fail_errno("flock");
    }
}

} // namespace outlast::sys
