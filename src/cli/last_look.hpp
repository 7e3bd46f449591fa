// When this user last looked at the news.
#pragma once

#include "base/duration.hpp"

#include <optional>
#include <string>

namespace outlast::cli {

/// From `last-look-UID` in the state directory (root may look at somebody else's jobs and has a
/// file of its own there); nothing when there is none or it cannot be understood.
[[nodiscard]] std::optional<Nanoseconds> read_last_look(const std::string& state_directory);

/// Replaces the file. Failing (a read-only file system) does not matter: the same is news again.
void write_last_look(const std::string& state_directory, Nanoseconds now);

} // namespace outlast::cli
