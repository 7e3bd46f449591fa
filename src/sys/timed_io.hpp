// Reading and writing a non-blocking descriptor until a moment: for peers that may never answer.
#pragma once

#include "base/duration.hpp"
#include "base/result.hpp"

#include <string_view>

namespace outlast::sys {

/// Writes all bytes to a socket; no SIGPIPE. `deadline` is a moment of `boottime_now`; ETIMEDOUT
/// when it is over.
[[nodiscard]] Result<> send_until(int socket, std::string_view bytes, Nanoseconds deadline);

/// At least one byte, at most `size`; ECONNRESET when the peer has closed.
[[nodiscard]] Result<std::size_t> receive_until(int socket, char* into, std::size_t size,
                                                Nanoseconds deadline);

} // namespace outlast::sys
