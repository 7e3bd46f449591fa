// Closing what a forked process has by inheritance only.
#include "sys/close_descriptors.hpp"

#include <algorithm>
#include <limits>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace outlast::sys {
namespace {

/// Both ends are included.
void close_from_to(unsigned first, unsigned last) noexcept {
    if (first > last || ::syscall(SYS_close_range, first, last, 0U) == 0) return;
    constexpr unsigned most = 65536; // nobody opens so many before becoming a resident process
    rlimit limit{};
    unsigned end = most;
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < most)
        end = static_cast<unsigned>(limit.rlim_cur);
    for (unsigned fd = first; fd <= last && fd < end; ++fd) ::close(static_cast<int>(fd));
}

} // namespace

void close_descriptors_but(std::vector<int> kept) noexcept {
    std::sort(kept.begin(), kept.end());
    unsigned next = 0;
    for (const int fd : kept) {
        if (fd < 0) continue;
        const auto number = static_cast<unsigned>(fd);
        if (number > next) close_from_to(next, number - 1);
        next = std::max(next, number + 1);
    }
    close_from_to(next, std::numeric_limits<unsigned>::max());
}

} // namespace outlast::sys
