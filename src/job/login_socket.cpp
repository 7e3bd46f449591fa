// The sockets that variables of a login lead to.
#include "job/login_socket.hpp"

#include "sys/process_info.hpp"
#include "sys/unix_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace outlast::job {
namespace {

/// Servers of remote logins that forward an agent or a display (comm of proc(5)).
constexpr std::array<std::string_view, 6> connection_servers{
    "sshd", "sshd-session", "dropbear", "tailscaled", "teleport", "waypipe"};

std::string variable_value(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

std::string_view base_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

} // namespace

std::string login_socket(const std::string& variable) {
    std::string value = variable_value(variable.c_str());
    if (value.starts_with('/')) return value;
    const std::string runtime = variable_value("XDG_RUNTIME_DIR");
    if (variable != "WAYLAND_DISPLAY" || value.empty() || !runtime.starts_with('/')) return {};
    return runtime + "/" + value;
}

bool leads_through(const std::string& path, const std::string& base_name) {
    constexpr int most_links = 40; // path_resolution(7)
    std::string at = path;
    for (int i = 0; i < most_links; ++i) {
        if (base_of(at) == base_name) return true;
        std::string target(PATH_MAX, '\0');
        const ssize_t length = ::readlink(at.c_str(), target.data(), target.size());
        if (length <= 0) return false;
        target.resize(static_cast<std::size_t>(length));
        if (target.starts_with('/')) at.clear();
        else at.resize(at.rfind('/') + 1);
        at += target;
    }
    return true; // a circle
}

SocketLook look_at_socket(const std::string& path) {
    const auto socket = sys::connect_to(path);
    if (!socket) return {socket.error().is_errno(EAGAIN), false};
    const auto server = sys::read_process_stat(sys::peer_pid(socket->get()));
    const bool of_connection =
        server && std::find(connection_servers.begin(), connection_servers.end(), server->name) !=
                      connection_servers.end();
    struct stat info {};
    const bool is_link = ::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode);
    return {true, is_link || !of_connection};
}

} // namespace outlast::job
