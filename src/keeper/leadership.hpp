// Who plays the job's terminal: one viewer, or the stand-in while none is there.
#pragma once

#include "base/duration.hpp"
#include "keeper/session.hpp"

#include <cstdint>
#include <map>
#include <memory>

namespace outlast::keeper {

/// Exactly one terminal answers what the program asks, and gives the job's terminal its size:
///
/// - *a viewer leads*: of those that may type and have a terminal, the one that typed last, or else
///   came last;
/// - *nobody leads*: no viewer is there, and the job has written nothing since; the scribe tells
///   us when it does, and then the stand-in is started; at once, where much was written under the
///   viewer that went: it may have been frozen, and have left no checkpoint that is near;
/// - *the stand-in leads*: until it finds the job quiet and goes (nobody leads again), or a viewer
///   comes: it is told up to which offset of the log it answers, brings its checkpoint there and
///   goes. The viewer is told that it leads when it has gone, or after `handover_patience`.
///
/// A stand-in that dies by itself costs nothing but its answers; after each such death it is
/// started again later, up to `slowest_restart`.
class Leadership {
public:
    using Clients = std::map<int, std::unique_ptr<Client>>;

    Leadership(twin::SharedState& state, log::LiveBlock& live, Session& session)
        : m_state(state), m_live(live), m_session(session) {}

    /// `answered`: up to where in the log the program's questions are answered, or lost.
    void begin(std::uint64_t answered, Nanoseconds now);
    /// Leaves word for the next image of this process.
    void prepare_exec() noexcept;
    /// To be called after anything has changed among the clients, and at `next_look`.
    void update(const Clients& clients, Nanoseconds now);
    /// When time alone changes something; 0: never.
    [[nodiscard]] Nanoseconds next_look() const noexcept { return m_next_look; }

    [[nodiscard]] bool wants_stand_in() const noexcept { return m_wants_stand_in; }
    void stand_in_came(pid_t pid) noexcept;
    void stand_in_failed(Nanoseconds now) noexcept;
    /// Its connection has ended.
    void stand_in_left(Nanoseconds now) noexcept;
    [[nodiscard]] pid_t stand_in_pid() const noexcept { return m_stand_in_pid; }

private:
    [[nodiscard]] bool terminal_is_live() const noexcept;
    [[nodiscard]] bool is_changed_by(const Client* leader, Nanoseconds now);
    void tell(const Clients& clients, Nanoseconds now);
    void look_for_output(Nanoseconds now);
    void look_again(Nanoseconds moment) noexcept;

    twin::SharedState& m_state;
    log::LiveBlock& m_live;
    Session& m_session;
    wire::Lead m_lead;
    std::uint64_t m_generation = 1; ///< counts the changes of `m_lead`
    Nanoseconds m_start_at = 0;     ///< no stand-in is started before
    Nanoseconds m_handover_end = 0; ///< viewers are told by then; 0: no handover
    Nanoseconds m_next_look = 0;
    Nanoseconds m_restart_pause = 0;
    pid_t m_stand_in_pid = 0;
    bool m_stand_in_here = false;
    bool m_wants_stand_in = false;
    bool m_is_unread = false; ///< a viewer went after much was written; no checkpoint may be near
};

} // namespace outlast::keeper
