// Unix stream sockets and descriptors sent over them.
#include "sys/unix_socket.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace outlast::sys {
namespace {

Result<sockaddr_un> address_at(int directory, const std::string& name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = "/proc/self/fd/" + std::to_string(directory) + "/" + name;
    if (path.size() >= sizeof address.sun_path) return fail_errno(ENAMETOOLONG, name);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

const sockaddr* generic(const sockaddr_un& address) noexcept {
    return reinterpret_cast<const sockaddr*>(&address); // the socket API's own idiom
}

std::optional<ucred> peer(int socket) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        return std::nullopt;
    return credentials;
}

} // namespace

Result<UniqueFd> listen_at(int directory, const std::string& name, int backlog) {
    const auto address = address_at(directory, name);
    if (!address) return fail(address.error());
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return fail_errno("socket");
    ::unlinkat(directory, name.c_str(), 0);
    if (::bind(socket.get(), generic(*address), sizeof *address) != 0)
        return fail_errno("bind " + name);
    if (::listen(socket.get(), backlog) != 0) return fail_errno("listen " + name);
    return socket;
}

Result<UniqueFd> connect_at(int directory, const std::string& name) {
    const auto address = address_at(directory, name);
    if (!address) return fail(address.error());
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) return fail_errno("socket");
    while (::connect(socket.get(), generic(*address), sizeof *address) != 0) {
        if (errno != EINTR) return fail_errno("connect to the keeper");
    }
    return socket;
}

Result<UniqueFd> connect_to(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return fail_errno(EINVAL, path);
    const UniqueFd folder(
        ::open(path.substr(0, slash + 1).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return fail_errno(path);
    const auto address = address_at(folder.get(), path.substr(slash + 1));
    if (!address) return fail(address.error());
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return fail_errno("socket");
    if (::connect(socket.get(), generic(*address), sizeof *address) != 0) return fail_errno(path);
    return socket;
}

std::optional<uid_t> peer_uid(int socket) {
    const auto credentials = peer(socket);
    return credentials ? std::optional(credentials->uid) : std::nullopt;
}

pid_t peer_pid(int socket) {
    const auto credentials = peer(socket);
    return credentials ? credentials->pid : 0;
}

Result<> send_with_fd(int socket, std::string_view bytes, int fd) {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    iovec part{const_cast<char*>(bytes.data()), bytes.size()}; // sendmsg does not write to it
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
    const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    if (sent < 0) return fail_errno("sendmsg");
    if (static_cast<std::size_t>(sent) != bytes.size()) return fail_errno(EMSGSIZE, "sendmsg");
    return {};
}

Result<Received> receive(int socket, char* into, std::size_t size) {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(4 * sizeof(int))> control{};
    iovec part{into, size};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    ssize_t count = -1;
    do {
        count = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (count < 0 && errno == EINTR);
    if (count < 0) return fail_errno("recvmsg");
    Received received;
    received.size = static_cast<std::size_t>(count);
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t fds = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < fds; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
            UniqueFd owned(fd);
            if (!received.fd) received.fd = std::move(owned);
        }
    }
    return received;
}

Result<> set_non_blocking(int fd) {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) return fail_errno("fcntl");
    return {};
}

} // namespace outlast::sys
