// Where jobs and their sockets live.
#pragma once

#include "base/result.hpp"
#include "sys/unique_fd.hpp"

#include <string>
#include <sys/types.h>

namespace outlast::job {

/// The user's state directory: `$OUTLAST_STATE_DIR`, else `$XDG_STATE_HOME/outlast`, else
/// `~/.local/state/outlast`; the home comes from HOME, else from /etc/passwd. An error with a fix
/// when there is none of these.
[[nodiscard]] Result<std::string> state_directory();

/// A directory for control sockets, as path and descriptor.
struct SocketDirectory {
    std::string path;
    sys::UniqueFd fd;
};
/// `$OUTLAST_RUNTIME_DIR`, else `$XDG_RUNTIME_DIR/outlast` where that outlives the login (the user
/// lingers, or the directory is not one of systemd-logind's), else `/tmp/outlast-UID`, else (where
/// somebody squats that name) `sockets` in the state directory. Made with mode 0700 and checked: it
/// must be a directory of ours that others cannot enter, else the error is `refused`.
[[nodiscard]] Result<SocketDirectory> open_socket_directory();
/// Opens and checks the given one, which has to be `owner`'s; makes it when it is missing and
/// `owner` is us.
[[nodiscard]] Result<SocketDirectory> open_socket_directory_at(const std::string& path,
                                                               uid_t owner);

/// The login name of `uid` from /etc/passwd; empty when it is not there. (NSS is not for a static
/// program.)
[[nodiscard]] std::string login_name(unsigned uid);
/// The home directory of `uid`, from the same place; empty when it is not there.
[[nodiscard]] std::string home_directory(unsigned uid);

} // namespace outlast::job
