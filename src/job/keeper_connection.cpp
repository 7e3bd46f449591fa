// A client's connection to a job's keeper.
#include "job/keeper_connection.hpp"

#include "job/liveliness.hpp"
#include "job/paths.hpp"
#include "job/recover.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/pidfd.hpp"
#include "sys/process_info.hpp"
#include "sys/unix_socket.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace outlast::job {
namespace {

constexpr Nanoseconds answer_patience = 10 * ns_per_second;

std::uint64_t new_client_name() {
    std::uint64_t name = 0;
    while (name == 0) {
        if (::getrandom(&name, sizeof name, 0) != sizeof name)
            name = static_cast<std::uint64_t>(sys::realtime_now());
    }
    return name;
}

/// Of the job: its folder's owner. Root may talk to anybody's keeper.
uid_t owner_of(const JobFolder& folder) {
    struct stat info {};
    const bool known = ::geteuid() == 0 && ::fstat(folder.fd.get(), &info) == 0;
    return known ? info.st_uid : ::geteuid();
}

Result<sys::UniqueFd> connect_once(const Record& record, uid_t owner) {
    const std::size_t slash = record.socket.rfind('/');
    if (slash == std::string::npos) return fail(Errc::damaged, "state.json names no socket");
    const auto directory = open_socket_directory_at(record.socket.substr(0, slash), owner);
    if (!directory) return fail(directory.error());
    auto socket = sys::connect_at(directory->fd.get(), record.socket.substr(slash + 1));
    if (!socket) return socket;
    const auto uid = sys::peer_uid(socket->get());
    if (!uid || (*uid != owner && *uid != 0)) {
        return fail(Errc::refused, "the process behind the job's socket is not yours");
    }
    return socket;
}

/// Asks a living keeper to make its socket anew.
void ask_for_socket(const Record& record) {
    const auto keeper = sys::open_pidfd(record.keeper_pid);
    if (keeper && is_resident_of(record.keeper_pid, record.number))
        (void)sys::send_signal(keeper->get(), SIGUSR1);
}

/// Tries for a while: a keeper that was just killed is being started anew, a deleted socket is
/// being made.
Result<sys::UniqueFd> connect_patiently(const JobFolder& folder, Record record) {
    constexpr Nanoseconds patience = 3 * ns_per_second;
    const Nanoseconds deadline = sys::boottime_now() + patience;
    const uid_t owner = owner_of(folder);
    bool asked = false;
    for (int pause_ms = 1;; pause_ms = std::min(pause_ms * 2, 50)) {
        auto socket = connect_once(record, owner);
        if (socket || socket.error().is(Errc::refused)) return socket;
        record = read_record(folder);
        if (record.fate)
            return fail(Errc::already_ended, "the job has ended: " + describe_fate(*record.fate));
        if (!asked && socket.error().is_errno(ENOENT)) ask_for_socket(record);
        asked = true;
        if (is_orphaned(record)) (void)revive(folder, record);
        if (sys::boottime_now() > deadline)
            return fail(Error(socket.error()).within("job " + std::to_string(record.number)));
        ::poll(nullptr, 0, pause_ms);
    }
}

} // namespace

Result<KeeperConnection> KeeperConnection::connect(const JobFolder& folder, const Record& record,
                                                   std::uint64_t client) {
    if (record.fate)
        return fail(Errc::already_ended, "the job has ended: " + describe_fate(*record.fate));
    if (!record.here) {
        return fail(Errc::refused,
                    "job " + std::to_string(record.number) + " runs on " + record.host,
                    "its keeper is on that host", "ssh " + record.host + " outlast …");
    }
    // A keeper that is killed or upgraded before it has answered is back in a moment.
    constexpr int attempts = 100;
    Result<> greeted;
    for (int i = 0; i < attempts; ++i) {
        auto socket = connect_patiently(folder, record);
        if (!socket) return fail(socket.error());
        KeeperConnection connection(std::move(*socket), client != 0 ? client : new_client_name());
        greeted = connection.greet();
        if (greeted) return connection;
        if (!greeted.error().is_errno(ECONNRESET) && !greeted.error().is_errno(EPIPE)) break;
    }
    return fail(greeted.error());
}

Result<> KeeperConnection::greet() {
    wire::Hello hello;
    hello.client = m_client;
    hello.program_version = OUTLAST_VERSION;
    // A keeper that has no room for us says so and hangs up, perhaps before we could speak.
    auto sent = send(wire::to_frame(wire::FrameType::hello, hello));
    auto answer = receive(answer_patience);
    if (!sent && (!answer || !*answer)) return sent;
    if (!answer) return fail(answer.error());
    if (!*answer) return fail(Errc::timed_out, "the keeper does not answer");
    if ((*answer)->type == wire::FrameType::error) {
        const auto reply = wire::parse_error(**answer);
        return fail(Errc::incompatible, reply ? reply->text : "the keeper refused");
    }
    const auto welcome = wire::parse_hello(**answer);
    if (!welcome) return fail(welcome.error());
    m_input_taken = welcome->client;
    m_capabilities = welcome->capabilities;
    m_version = welcome->program_version;
    return {};
}

Result<> KeeperConnection::send(const wire::Frame& frame) {
    const std::string bytes = wire::encode(frame);
    std::string_view rest = bytes;
    while (!rest.empty()) {
        const ssize_t count = ::send(m_socket.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) {
            pollfd writable{m_socket.get(), POLLOUT, 0};
            ::poll(&writable, 1, -1);
            continue;
        }
        if (count < 0) return fail_errno("send to the keeper");
        rest.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

Result<std::optional<wire::Frame>> KeeperConnection::receive(Nanoseconds patience) {
    const Nanoseconds deadline = sys::boottime_now() + patience;
    for (;;) {
        auto frame = m_reader.next();
        if (!frame || *frame) return frame;
        pollfd readable{m_socket.get(), POLLIN, 0};
        const int ready = ::poll(&readable, 1, sys::poll_timeout(deadline));
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) return std::optional<wire::Frame>();
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): filled by read
        std::array<char, 16384> bytes;
        auto received = sys::receive(m_socket.get(), bytes.data(), bytes.size());
        if (!received && received.error().is_errno(EAGAIN)) continue;
        if (!received) return fail(received.error());
        if (received->size == 0) return fail_errno(ECONNRESET, "the keeper went away");
        if (received->fd) m_descriptor = std::move(received->fd);
        m_reader.add({bytes.data(), received->size});
    }
}

Result<> KeeperConnection::await_ok(wire::FrameType request) {
    for (;;) {
        auto frame = receive(answer_patience);
        if (!frame) return fail(frame.error());
        if (!*frame) return fail(Errc::timed_out, "the keeper does not answer");
        if ((*frame)->type == wire::FrameType::error) {
            const auto reply = wire::parse_error(**frame);
            return fail(Errc::refused, reply ? reply->text : "the keeper refused");
        }
        if ((*frame)->type != wire::FrameType::ok) continue;
        const auto done = wire::parse_ok(**frame);
        if (done && *done == request) return {};
    }
}

Result<> KeeperConnection::request(const wire::Frame& frame) {
    if (auto sent = send(frame); !sent) return sent;
    return await_ok(frame.type);
}

Result<> KeeperConnection::request_with_fd(const wire::Frame& frame, int fd) {
    if (auto sent = sys::send_with_fd(m_socket.get(), wire::encode(frame), fd); !sent) return sent;
    return await_ok(frame.type);
}

Result<sys::UniqueFd> KeeperConnection::get_log() {
    if (auto sent = send(wire::bare_frame(wire::FrameType::get_log)); !sent)
        return fail(sent.error());
    for (;;) {
        auto frame = receive(answer_patience);
        if (!frame) return fail(frame.error());
        if (!*frame) return fail(Errc::timed_out, "the keeper does not answer");
        if ((*frame)->type == wire::FrameType::error)
            return fail(Errc::refused, "the keeper has no log to give");
        if ((*frame)->type == wire::FrameType::log && m_descriptor) return std::move(m_descriptor);
    }
}

Result<> KeeperConnection::controlling_terminal_given(pid_t pid) {
    return request(wire::to_frame(wire::ControllingTerminal{pid}));
}

Result<std::vector<wire::Viewer>> KeeperConnection::get_viewers() {
    if (auto sent = send(wire::bare_frame(wire::FrameType::get_viewers)); !sent)
        return fail(sent.error());
    for (;;) {
        auto frame = receive(answer_patience);
        if (!frame) return fail(frame.error());
        if (!*frame) return fail(Errc::timed_out, "the keeper does not answer");
        if ((*frame)->type == wire::FrameType::viewers) return wire::parse_viewers(**frame);
    }
}

Result<wire::Offer> KeeperConnection::get_offer() {
    if (auto sent = send(wire::bare_frame(wire::FrameType::get_offer)); !sent)
        return fail(sent.error());
    for (;;) {
        auto frame = receive(answer_patience);
        if (!frame) return fail(frame.error());
        if (!*frame) return fail(Errc::timed_out, "the keeper does not answer");
        if ((*frame)->type == wire::FrameType::newest_offer) return wire::parse_offer(**frame);
        if ((*frame)->type != wire::FrameType::error) continue;
        const auto reply = wire::parse_error(**frame);
        return fail(Errc::incompatible, reply ? reply->text : "the keeper refused");
    }
}

} // namespace outlast::job
