// One connection to the keeper.
#pragma once

#include "sys/unique_fd.hpp"
#include "wire/messages.hpp"

#include <optional>
#include <string>

namespace outlast::keeper {

/// Buffers frames both ways. Never blocks: what a client does not read waits in a bounded queue; a
/// client that lets it fill up is dropped, and only that client.
class Client {
public:
    Client(sys::UniqueFd socket, pid_t pid) : m_socket(std::move(socket)), m_pid(pid) {}

    static constexpr std::size_t max_unsent = std::size_t{256} << 10;

    enum class State { open, closed };
    /// Reads what is there. `closed` at the end of the connection or when it breaks the protocol.
    [[nodiscard]] State read();
    /// The next whole frame that was read.
    [[nodiscard]] Result<std::optional<wire::Frame>> next_frame() { return m_reader.next(); }
    /// A descriptor that came with the last bytes, if any.
    [[nodiscard]] sys::UniqueFd take_descriptor() { return std::move(m_descriptor); }

    [[nodiscard]] State send(const wire::Frame& frame);
    [[nodiscard]] State flush();
    [[nodiscard]] bool has_unsent() const noexcept { return !m_unsent.empty(); }

    [[nodiscard]] int fd() const noexcept { return m_socket.get(); }
    [[nodiscard]] pid_t pid() const noexcept { return m_pid; }

    bool greeted = false;
    bool subscribed = false;
    bool types = false; ///< it has sent input: not read while the terminal does not take any
    std::uint64_t id = 0;
    std::uint64_t arrival = 0;          ///< counts connections
    std::optional<wire::Attach> viewer; ///< set once it shows the job to somebody
    std::uint64_t turn = 0;      ///< when it attached or typed last, counted; 0: it never leads
    std::uint64_t told_lead = 0; ///< the last state of the lead that it was told
    bool stand_in = false;       ///< it is the process that we have started as the stand-in
    std::optional<wire::Offer> offer; ///< what such a one has brought along

private:
    sys::UniqueFd m_socket;
    pid_t m_pid;
    wire::FrameReader m_reader;
    sys::UniqueFd m_descriptor;
    std::string m_unsent;
};

} // namespace outlast::keeper
