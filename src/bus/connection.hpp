// A short conversation with a D-Bus service on this machine: a few calls, each with its answer, all
// of it within a time that is set at the beginning.
#pragma once

#include "base/duration.hpp"
#include "bus/message.hpp"
#include "sys/unique_fd.hpp"

#include <deque>
#include <string>

namespace outlast::bus {

enum class Kind {
    bus,   ///< a message bus: services have names, and we get one too (Hello)
    direct ///< one service at the other end, as on systemd's private sockets
};

class Connection {
public:
    /// Connects to the Unix socket at `path` and authenticates as the effective user (EXTERNAL).
    /// `patience` counts from now and is for everything that is done with the connection.
    [[nodiscard]] static Result<Connection> open(const std::string& path, Kind kind,
                                                 Nanoseconds patience);

    /// Sends the call and waits for its answer. An error message becomes an error (refused) whose
    /// context is the peer's sentence and whose `why` is the error's name.
    [[nodiscard]] Result<Message> call(const Call& call);
    /// Sends a call to whose answer nobody listens.
    [[nodiscard]] Result<> post(Call call);
    /// The next signal called `member`, also one that came while an answer was awaited.
    [[nodiscard]] Result<Message> await_signal(const std::string& member);

    [[nodiscard]] Kind kind() const noexcept { return m_kind; }

private:
    Connection(sys::UniqueFd socket, Kind kind, Nanoseconds deadline)
        : m_socket(std::move(socket)), m_kind(kind), m_deadline(deadline) {}
    Result<> authenticate();
    Result<> receive_more();
    Result<Message> next_message();
    std::string encode_next(const Call& call);

    sys::UniqueFd m_socket;
    Kind m_kind;
    Nanoseconds m_deadline;
    std::uint32_t m_serial = 0;
    std::string m_received;        ///< bytes not yet taken apart
    std::deque<Message> m_signals; ///< that nobody has asked for yet; bounded
};

/// The property as a variant: its type is the answer's first signature, its value follows.
[[nodiscard]] Call get_property(std::string_view destination, std::string_view path,
                                std::string_view interface, std::string_view property);
/// What is in the variant of that answer; an error when it is of another type.
[[nodiscard]] Result<bool> boolean_in(const Message& answer);
[[nodiscard]] Result<std::uint64_t> u64_in(const Message& answer);
[[nodiscard]] Result<std::string> string_in(const Message& answer);
/// An array of strings, separated by blanks.
[[nodiscard]] Result<std::string> words_in(const Message& answer);

} // namespace outlast::bus
