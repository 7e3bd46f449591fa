// Serves the programs of a job that wait for an agent.
#include "attach/agent_bridge.hpp"

#include "sys/unix_socket.hpp"

#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>

namespace outlast::attach {
namespace {

constexpr std::uint32_t in = EPOLLIN;
constexpr std::uint32_t out = EPOLLOUT;

enum class Flow { open, ended };

/// Reads what is there, up to `most` bytes in `into`.
Flow fill(int fd, std::string& into, std::size_t most) {
    std::array<char, 4096> bytes; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
    while (into.size() < most) {
        const std::size_t room = std::min(bytes.size(), most - into.size());
        const ssize_t count = ::recv(fd, bytes.data(), room, MSG_DONTWAIT);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return Flow::open;
        if (count <= 0) return Flow::ended;
        into.append(bytes.data(), static_cast<std::size_t>(count));
    }
    return Flow::open;
}

Flow flush(int fd, std::string& from) {
    while (!from.empty()) {
        const ssize_t count = ::send(fd, from.data(), from.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno == EAGAIN ? Flow::open : Flow::ended;
        from.erase(0, static_cast<std::size_t>(count));
    }
    return Flow::open;
}

} // namespace

Result<std::unique_ptr<AgentBridge>> AgentBridge::open(std::string agent) {
    auto loop = sys::EventLoop::create();
    if (!loop) return fail(loop.error());
    return std::unique_ptr<AgentBridge>(new AgentBridge(std::move(agent), std::move(*loop)));
}

void AgentBridge::accept_from(sys::UniqueFd waiting) {
    if (m_waiting) m_loop.forget(m_waiting.get());
    m_waiting = std::move(waiting);
    (void)m_loop.watch(m_waiting.get(), in, [this](std::uint32_t) { on_waiting(); });
}

void AgentBridge::watch_also(int fd) {
    if (m_also >= 0) m_loop.forget(m_also);
    m_also = fd;
    if (fd >= 0) (void)m_loop.watch(fd, in, [](std::uint32_t) {});
}

void AgentBridge::on_waiting() {
    while (m_pairs.size() < most_pairs) {
        sys::UniqueFd program(
            ::accept4(m_waiting.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!program) return;
        const auto uid = sys::peer_uid(program.get());
        if (uid && (*uid == ::geteuid() || *uid == 0)) begin(std::move(program));
    }
    m_loop.change(m_waiting.get(), 0);
}

void AgentBridge::begin(sys::UniqueFd program) {
    auto agent = sys::connect_to(m_agent);
    if (!agent) return;
    const int key = program.get();
    Pair& pair = m_pairs[key];
    pair.program = std::move(program);
    pair.agent = std::move(*agent);
    set_interest(pair);
}

void AgentBridge::on_ready(int program) {
    const auto found = m_pairs.find(program);
    if (found == m_pairs.end()) return;
    if (carry(found->second)) set_interest(found->second);
    else end(program);
}

/// False when the pair is over: the program has gone, or the agent has and all it said is passed
/// on.
bool AgentBridge::carry(Pair& pair) {
    if (fill(pair.program.get(), pair.to_agent, most_buffered) == Flow::ended) return false;
    if (!pair.agent_has_ended) {
        pair.agent_has_ended =
            flush(pair.agent.get(), pair.to_agent) == Flow::ended ||
            fill(pair.agent.get(), pair.to_program, most_buffered) == Flow::ended;
    }
    if (flush(pair.program.get(), pair.to_program) == Flow::ended) return false;
    return !pair.agent_has_ended || !pair.to_program.empty();
}

void AgentBridge::set_interest(Pair& pair) {
    const int key = pair.program.get();
    const bool program_may_speak = pair.to_agent.size() < most_buffered;
    const bool agent_may_speak = pair.to_program.size() < most_buffered && !pair.agent_has_ended;
    watch_for(key, (program_may_speak ? in : 0) | (pair.to_program.empty() ? 0 : out),
              pair.program_watch, key);
    const bool agent_may_take = !pair.to_agent.empty() && !pair.agent_has_ended;
    watch_for(pair.agent.get(), (agent_may_speak ? in : 0) | (agent_may_take ? out : 0),
              pair.agent_watch, key);
}

/// One that nothing is wanted of is not watched at all: epoll(7) would tell of its hang-up again
/// and again.
void AgentBridge::watch_for(int fd, std::uint32_t events, std::uint32_t& known, int program) {
    if (events == known) return;
    if (events == 0) m_loop.forget(fd);
    else if (known != 0) m_loop.change(fd, events);
    else if (!m_loop.watch(fd, events, [this, program](std::uint32_t) { on_ready(program); }))
        return;
    known = events;
}

void AgentBridge::end(int program) {
    const auto found = m_pairs.find(program);
    if (found == m_pairs.end()) return;
    m_loop.forget(found->second.program.get());
    m_loop.forget(found->second.agent.get());
    m_pairs.erase(found);
    if (m_waiting) m_loop.change(m_waiting.get(), in);
}

} // namespace outlast::attach
