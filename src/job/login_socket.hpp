// The sockets that variables of a login lead to: an agent's, a compositor's.
#pragma once

#include "twin/environment_links.hpp"

#include <string>

namespace outlast::job {

/// The path that a variable of ours leads to, absolute; empty when it is not set or is no path.
/// A relative WAYLAND_DISPLAY lies in XDG_RUNTIME_DIR (wayland-client's wl_display_connect).
[[nodiscard]] std::string login_socket(const std::string& variable);

/// Whether the path, link by link, comes by one with this base name: a viewer inside a job has
/// that job's own stable path in its environment.
[[nodiscard]] bool leads_through(const std::string& path, const std::string& base_name);

struct SocketLook {
    bool answers = false; ///< somebody listens there
    /// The listener is not the server of a remote login, whose sockets go with the connection; or
    /// the path is a symbolic link, a stable path of the user's own or of another job's, which
    /// somebody will lead elsewhere.
    bool lasts = false;
};
/// Connects for a moment, without waiting.
[[nodiscard]] SocketLook look_at_socket(const std::string& path);

} // namespace outlast::job
