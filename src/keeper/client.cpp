// One connection to the keeper.
#include "keeper/client.hpp"

#include "sys/unix_socket.hpp"

#include <array>
#include <cerrno>
#include <sys/socket.h>

namespace outlast::keeper {

Client::State Client::read() {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): filled by read
    std::array<char, 16384> bytes;
    auto received = sys::receive(m_socket.get(), bytes.data(), bytes.size());
    if (!received) return received.error().is_errno(EAGAIN) ? State::open : State::closed;
    if (received->size == 0) return State::closed;
    if (received->fd) m_descriptor = std::move(received->fd);
    m_reader.add({bytes.data(), received->size});
    return State::open;
}

Client::State Client::send(const wire::Frame& frame) {
    // Nothing is added beyond the limit, whatever the caller makes of the answer.
    if (m_unsent.size() > max_unsent) return State::closed;
    m_unsent += wire::encode(frame);
    return flush();
}

Client::State Client::flush() {
    while (!m_unsent.empty()) {
        const ssize_t count =
            ::send(m_socket.get(), m_unsent.data(), m_unsent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno == EAGAIN ? State::open : State::closed;
        m_unsent.erase(0, static_cast<std::size_t>(count));
    }
    return State::open;
}

} // namespace outlast::keeper
