// Serves the programs of a job that wait for an agent, from the viewer's own agent.
#pragma once

#include "base/result.hpp"
#include "sys/event_loop.hpp"
#include "sys/unique_fd.hpp"

#include <map>
#include <memory>
#include <string>

namespace outlast::attach {

/// A job that holds (`run --hold-agent`) has a listening socket that nobody serves while nobody is
/// attached: what connects there waits in the kernel's queue. A viewer with an agent is given that
/// socket by the keeper; it accepts what waits and carries the bytes to and fro, and understands
/// none of them. New programs do not come this way: for them the job's stable path leads to the
/// viewer's agent itself.
///
/// Bounded: 32 programs at a time, the others wait on; 16 KiB a direction, then no more is read
/// until the other side has taken it. A program whose agent cannot be reached is hung up on.
class AgentBridge {
public:
    /// `agent` is the path of the viewer's agent.
    [[nodiscard]] static Result<std::unique_ptr<AgentBridge>> open(std::string agent);

    /// The socket to accept from; another one takes the place of the first.
    void accept_from(sys::UniqueFd waiting);
    /// A descriptor of the viewer's that is to make `fd` readable too; -1 for none.
    void watch_also(int fd);

    /// For poll(2).
    [[nodiscard]] int fd() const noexcept { return m_loop.fd(); }
    /// Serves what is ready, without waiting.
    void serve() { m_loop.serve_ready(); }

private:
    /// A program's connection and the one to the agent that goes with it.
    struct Pair {
        sys::UniqueFd program, agent;
        std::string to_agent, to_program; ///< read, and not yet written
        bool agent_has_ended = false;
        std::uint32_t program_watch = 0, agent_watch = 0; ///< what each is watched for
    };
    static constexpr std::size_t most_pairs = 32;
    static constexpr std::size_t most_buffered = std::size_t{16} << 10;

    AgentBridge(std::string agent, sys::EventLoop loop)
        : m_agent(std::move(agent)), m_loop(std::move(loop)) {}
    void on_waiting();
    void begin(sys::UniqueFd program);
    void on_ready(int program);
    [[nodiscard]] bool carry(Pair& pair);
    void set_interest(Pair& pair);
    void watch_for(int fd, std::uint32_t events, std::uint32_t& known, int program);
    void end(int program);

    std::string m_agent;
    sys::EventLoop m_loop;
    sys::UniqueFd m_waiting;
    int m_also = -1;
    std::map<int, Pair> m_pairs; ///< by the program's descriptor
};

} // namespace outlast::attach
