// Stable paths in a job's environment that lead to what its newest viewer has.
//
// A variable such as SSH_AUTH_SOCK names a socket of one login, and a program that was started
// keeps the value for ever. So the job is given a path of its own, a symbolic link beside its
// control socket, in a directory that is private and outlives the login. The link leads to the
// newest viewer's socket, and is led elsewhere when viewers come and go.
#pragma once

#include "twin/shared_state.hpp"

#include <array>
#include <optional>
#include <string>

namespace outlast::twin {

/// Bit numbers in SharedState::links: they never change.
enum class Link : std::uint32_t { agent = 0, wayland = 1 };

struct KnownLink {
    Link link;
    const char* variable; ///< whose value becomes the link's path
    const char* ending;   ///< of the link's name
};
constexpr std::array<KnownLink, 2> known_links{
    {{Link::agent, "SSH_AUTH_SOCK", ".agent"}, {Link::wayland, "WAYLAND_DISPLAY", ".wayland"}}};
/// The ending of the socket where connections to the agent wait while nobody is attached.
constexpr std::string_view waiting_ending = ".wait";

[[nodiscard]] bool has_link(const SharedState& state, Link link) noexcept;
/// The path of what lies beside the job's control socket under this ending.
[[nodiscard]] std::string path_beside_socket(const SharedState& state, std::string_view ending);

/// Leads the link to `target`, at once for everybody (rename(2)).
[[nodiscard]] Result<> lead_link(const SharedState& state, const KnownLink& link,
                                 const std::string& target);
/// What the link leads to; nothing when there is none.
[[nodiscard]] std::optional<std::string> target_of_link(const SharedState& state,
                                                        const KnownLink& link);
/// A connection fails with ENOENT from now on.
void take_away_link(const SharedState& state, const KnownLink& link);

/// Removes all that is the job's in the directory of sockets: the links, the place where programs
/// wait, the control socket.
void leave_socket_directory(const SharedState& state);

} // namespace outlast::twin
