// Stable paths in a job's environment.
#include "twin/environment_links.hpp"

#include <climits>
#include <unistd.h>

namespace outlast::twin {
namespace {

/// "01J…A.sock" and ".agent": "01J…A.agent".
std::string name_beside_socket(const SharedState& state, std::string_view ending) {
    const std::string_view socket = state.socket_name.view();
    return std::string(socket.substr(0, socket.rfind('.'))) + std::string(ending);
}

void unlink_beside_socket(const SharedState& state, std::string_view ending) {
    ::unlinkat(state.fds.socket_folder, name_beside_socket(state, ending).c_str(), 0);
}

} // namespace

bool has_link(const SharedState& state, Link link) noexcept {
    return (state.links >> static_cast<std::uint32_t>(link) & 1U) != 0;
}

std::string path_beside_socket(const SharedState& state, std::string_view ending) {
    return std::string(state.socket_directory.view()) + "/" + name_beside_socket(state, ending);
}

Result<> lead_link(const SharedState& state, const KnownLink& link, const std::string& target) {
    const int folder = state.fds.socket_folder;
    const std::string name = name_beside_socket(state, link.ending);
    // The usual case of a job that starts: no link yet, and one system call.
    if (::symlinkat(target.c_str(), folder, name.c_str()) == 0) return {};
    if (errno != EEXIST) return fail_errno(name);
    const std::string fresh = name + ".new";
    ::unlinkat(folder, fresh.c_str(), 0);
    if (::symlinkat(target.c_str(), folder, fresh.c_str()) != 0) return fail_errno(fresh);
    if (::renameat(folder, fresh.c_str(), folder, name.c_str()) == 0) return {};
    const int number = errno;
    ::unlinkat(folder, fresh.c_str(), 0);
    return fail_errno(number, name);
}

std::optional<std::string> target_of_link(const SharedState& state, const KnownLink& link) {
    std::array<char, PATH_MAX> target{};
    const std::string name = name_beside_socket(state, link.ending);
    const ssize_t length =
        ::readlinkat(state.fds.socket_folder, name.c_str(), target.data(), target.size());
    if (length < 0) return std::nullopt;
    return std::string(target.data(), static_cast<std::size_t>(length));
}

void take_away_link(const SharedState& state, const KnownLink& link) {
    unlink_beside_socket(state, link.ending);
}

void leave_socket_directory(const SharedState& state) {
    for (const KnownLink& link : known_links) {
        if (has_link(state, link.link)) take_away_link(state, link);
    }
    if (state.holds_agent != 0) unlink_beside_socket(state, waiting_ending);
    ::unlinkat(state.fds.socket_folder, std::string(state.socket_name.view()).c_str(), 0);
}

} // namespace outlast::twin
