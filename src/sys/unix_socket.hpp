// Unix stream sockets in a private directory, and descriptors sent over them (unix(7)).
#pragma once

#include "base/result.hpp"
#include "sys/unique_fd.hpp"

#include <optional>
#include <string>
#include <sys/types.h>

namespace outlast::sys {

/// Listens at `name` inside the directory `directory`, non-blocking. An old socket of that name is
/// replaced. The path goes through /proc/self/fd, so that it may be longer than sun_path's 108
/// bytes.
[[nodiscard]] Result<UniqueFd> listen_at(int directory, const std::string& name, int backlog);

/// Connects, blocking; the caller makes it non-blocking when it wants.
[[nodiscard]] Result<UniqueFd> connect_at(int directory, const std::string& name);

/// Connects to the socket at `path`, non-blocking: EAGAIN when too many wait there already. The
/// path may be longer than sun_path's 108 bytes.
[[nodiscard]] Result<UniqueFd> connect_to(const std::string& path);

/// The uid of the process at the other end (SO_PEERCRED).
[[nodiscard]] std::optional<uid_t> peer_uid(int socket);
/// Its pid at the time of connect, 0 when unknown.
[[nodiscard]] pid_t peer_pid(int socket);

/// Sends one byte of `payload` marker plus the descriptor (SCM_RIGHTS).
[[nodiscard]] Result<> send_with_fd(int socket, std::string_view bytes, int fd);

struct Received {
    std::size_t size = 0; ///< 0: the peer has closed
    UniqueFd fd;          ///< when one came along
};
/// recvmsg(2); EAGAIN as an error. Descriptors come close-on-exec; a second one is closed.
[[nodiscard]] Result<Received> receive(int socket, char* into, std::size_t size);

[[nodiscard]] Result<> set_non_blocking(int fd);

} // namespace outlast::sys
