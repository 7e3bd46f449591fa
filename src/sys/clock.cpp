// The clocks, in nanoseconds.
#include "sys/clock.hpp"

#include <algorithm>
#include <ctime>

namespace outlast::sys {
namespace {

Nanoseconds read_clock(clockid_t clock) noexcept {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<Nanoseconds>(now.tv_sec) * ns_per_second + now.tv_nsec;
}

} // namespace

Nanoseconds realtime_now() noexcept { return read_clock(CLOCK_REALTIME); }
Nanoseconds boottime_now() noexcept { return read_clock(CLOCK_BOOTTIME); }

int poll_timeout(Nanoseconds deadline) noexcept {
    if (deadline == never) return -1;
    const Nanoseconds left = std::max<Nanoseconds>(0, deadline - boottime_now());
    const Nanoseconds left_ms = left / ns_per_ms + (left % ns_per_ms != 0 ? 1 : 0);
    return static_cast<int>(std::min<Nanoseconds>(left_ms, std::numeric_limits<int>::max()));
}

} // namespace outlast::sys
