// What this kernel, as far as it lets us, can do: tried, not looked up by its version.
#pragma once

#include "base/result.hpp"

#include <string>

namespace outlast::sys {

/// uname(2): "6.1.0-18-amd64".
[[nodiscard]] std::string kernel_release();

[[nodiscard]] bool has_pidfds();
/// splice(2) from a terminal into a pipe, which bytes survive that are on their way when we are
/// killed. Not in Linux 5.10 and 5.11.
[[nodiscard]] bool has_terminal_splice();
/// landlock(7).
[[nodiscard]] bool has_landlock();
/// seccomp(2) with a filter.
[[nodiscard]] bool has_system_call_filters();
/// One more inotify(7) instance can be had.
[[nodiscard]] bool can_watch_files();
/// A file can be made in that directory; it is removed at once.
[[nodiscard]] Result<> try_making_file(const std::string& directory);
/// FALLOC_FL_PUNCH_HOLE on a file of its own in that directory; false when none can be made.
[[nodiscard]] bool can_punch_holes(const std::string& directory);
/// A lock of one opening of a file in that directory (flock(2)) keeps another out.
[[nodiscard]] bool locks_work(const std::string& directory);

} // namespace outlast::sys
