// The clocks, in nanoseconds.
#pragma once

#include "base/duration.hpp"

namespace outlast::sys {

/// CLOCK_REALTIME: what people call the time; may be set back.
[[nodiscard]] Nanoseconds realtime_now() noexcept;
/// CLOCK_BOOTTIME: never goes back, counts while the machine sleeps. For timers.
[[nodiscard]] Nanoseconds boottime_now() noexcept;

} // namespace outlast::sys
