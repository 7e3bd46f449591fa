// The clocks, in nanoseconds.
#pragma once

#include "base/duration.hpp"

#include <limits>

namespace outlast::sys {

/// CLOCK_REALTIME: what people call the time; may be set back.
[[nodiscard]] Nanoseconds realtime_now() noexcept;
/// CLOCK_BOOTTIME: never goes back, counts while the machine sleeps. For timers.
[[nodiscard]] Nanoseconds boottime_now() noexcept;

/// As a moment of CLOCK_BOOTTIME: it does not come.
constexpr Nanoseconds never = std::numeric_limits<Nanoseconds>::max();
/// How long poll(2) may wait for `deadline` (CLOCK_BOOTTIME), in ms: rounded up, so that nobody
/// spins through the last one; 0 when it is over, -1 for `never`.
[[nodiscard]] int poll_timeout(Nanoseconds deadline) noexcept;

} // namespace outlast::sys
