// A client's connection to a job's keeper.
#pragma once

#include "base/duration.hpp"
#include "base/result.hpp"
#include "job/record.hpp"
#include "sys/unique_fd.hpp"
#include "wire/messages.hpp"

#include <optional>

namespace outlast::job {

/// Speaks the control protocol, blocking with a deadline. `connect` finds a keeper whose socket was
/// deleted (it is asked to make it anew) and starts a new keeper for a job whose keeper and scribe
/// were both killed.
class KeeperConnection {
public:
    /// `client` names a viewer across connections; 0 makes a new name.
    [[nodiscard]] static Result<KeeperConnection>
    connect(const JobFolder& folder, const Record& record, std::uint64_t client = 0);

    [[nodiscard]] Result<> send(const wire::Frame& frame);
    /// The next frame, within `patience`; nothing when that is over. An error when the keeper went
    /// away.
    [[nodiscard]] Result<std::optional<wire::Frame>> receive(Nanoseconds patience);
    /// Sends and waits for `ok`; a refusal becomes the error.
    [[nodiscard]] Result<> request(const wire::Frame& frame);
    /// Sends a descriptor along.
    [[nodiscard]] Result<> request_with_fd(const wire::Frame& frame, int fd);
    /// The log as a descriptor, for a job whose log is in memory.
    [[nodiscard]] Result<sys::UniqueFd> get_log();
    [[nodiscard]] Result<std::vector<wire::Viewer>> get_viewers();

    /// To be called after an adopted process was made the leader of a session with the job's
    /// terminal: from then on the kernel raises the terminal's signals.
    [[nodiscard]] Result<> controlling_terminal_given(pid_t pid);

    /// What the newest viewer has brought along; pid 0: nobody who brought something is attached.
    [[nodiscard]] Result<wire::Offer> get_offer();
    /// A descriptor that came with the last frames, if any.
    [[nodiscard]] sys::UniqueFd take_descriptor() { return std::move(m_descriptor); }

    [[nodiscard]] int fd() const noexcept { return m_socket.get(); }
    [[nodiscard]] std::uint64_t client() const noexcept { return m_client; }
    /// Bytes of this client's input that had reached the terminal when we connected.
    [[nodiscard]] std::uint64_t input_taken() const noexcept { return m_input_taken; }
    [[nodiscard]] bool keeper_knows(wire::Capability capability) const noexcept {
        return (m_capabilities & capability) != 0;
    }
    [[nodiscard]] const std::string& keeper_version() const noexcept { return m_version; }

private:
    KeeperConnection(sys::UniqueFd socket, std::uint64_t client)
        : m_socket(std::move(socket)), m_client(client) {}
    [[nodiscard]] Result<> greet();
    [[nodiscard]] Result<> await_ok(wire::FrameType request);

    sys::UniqueFd m_socket;
    std::uint64_t m_client;
    std::uint64_t m_input_taken = 0;
    std::uint64_t m_capabilities = 0;
    std::string m_version;
    wire::FrameReader m_reader;
    sys::UniqueFd m_descriptor;
};

} // namespace outlast::job
