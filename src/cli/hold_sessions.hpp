// outlast adopt --session PTS, --every-session: whole login sessions, for root.
#pragma once

#include "cli/command.hpp"

namespace outlast::cli {

/// Holds the session of the terminal from a process in the background, and says so.
[[nodiscard]] Result<int> hold_one_session(const std::string& terminal, const Output& output);

/// Holds all ssh sessions of this host, also those that begin later, until it is ended: what the
/// system service runs.
[[nodiscard]] Result<int> hold_every_session(const Output& output);

} // namespace outlast::cli
