// The clocks, in nanoseconds.
#include "sys/clock.hpp"

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

} // namespace outlast::sys
