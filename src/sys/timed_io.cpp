// Reading and writing a non-blocking descriptor until a moment.
#include "sys/timed_io.hpp"

#include "sys/clock.hpp"

#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace outlast::sys {
namespace {

Result<> wait_for(int socket, short events, Nanoseconds deadline) {
    for (;;) {
        const int timeout = poll_timeout(deadline);
        if (timeout == 0) return fail_errno(ETIMEDOUT, "no answer");
        pollfd watch{socket, events, 0};
        const int count = ::poll(&watch, 1, timeout);
        if (count > 0) return {};
        if (count < 0 && errno != EINTR) return fail_errno("poll");
    }
}

} // namespace

Result<> send_until(int socket, std::string_view bytes, Nanoseconds deadline) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count >= 0) bytes.remove_prefix(static_cast<std::size_t>(count));
        else if (errno == EAGAIN) {
            if (auto ready = wait_for(socket, POLLOUT, deadline); !ready) return ready;
        } else if (errno != EINTR) return fail_errno("send");
    }
    return {};
}

Result<std::size_t> receive_until(int socket, char* into, std::size_t size, Nanoseconds deadline) {
    for (;;) {
        // Also for a peer that never stops sending.
        if (boottime_now() >= deadline) return fail_errno(ETIMEDOUT, "no answer");
        const ssize_t count = ::recv(socket, into, size, 0);
        if (count > 0) return static_cast<std::size_t>(count);
        if (count == 0) return fail_errno(ECONNRESET, "receive");
        if (errno == EAGAIN) {
            if (auto ready = wait_for(socket, POLLIN, deadline); !ready) return fail(ready.error());
        } else if (errno != EINTR) return fail_errno("receive");
    }
}

} // namespace outlast::sys
