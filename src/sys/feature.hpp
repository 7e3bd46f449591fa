// Features of kernel and file system that may be missing, and that tests can switch off.
#pragma once

#include <cstdint>

namespace outlast::sys {

/// The numbers travel in the state that keeper and scribe share: they never change.
enum class Feature : std::uint32_t {
    pidfd_info = 1U << 0, ///< PIDFD_INFO_EXIT
    punch = 1U << 1,      ///< FALLOC_FL_PUNCH_HOLE
    locks = 1U << 2,      ///< flock(2)
    splice = 1U << 3,     ///< splice(2) between terminal, pipe and file
    inotify = 1U << 4,
    dnotify = 1U << 5, ///< F_NOTIFY, fcntl(2)
};

/// What OUTLAST_WITHOUT names ("punch,locks"), as bits, or what `switch_off` was told. A feature
/// that is switched off is treated as if the system did not have it.
[[nodiscard]] std::uint32_t switched_off_features();
[[nodiscard]] bool is_switched_off(Feature feature);
/// For a resident process, whose environment is empty: takes the place of the environment's word.
void switch_off(std::uint32_t features) noexcept;

} // namespace outlast::sys
