// Holds login sessions until their connection is gone, and then lets them become jobs.
//
// A held session is in one of these states:
//
//   connected ──the server ends, or lets go of the terminal──▶ dropped ──job made──▶ let go
//       │                                                         │
//       └──────────────the leader ends: it was left──────▶ let go ◀┘
//
// While connected the server alone reads and writes the terminal. Once dropped, the user's job is
// made by a process of its own, with the user's rights; until that has happened (the user's disk
// may be full) the session is held, and it is tried again.
#pragma once

#include "adopt/held_session.hpp"
#include "sys/event_loop.hpp"

#include <functional>
#include <map>
#include <memory>

namespace outlast::adopt {

/// What happens to a held session, for whoever tells people of it.
enum class SessionNews {
    held,
    left,      ///< it ended by itself: a logout
    dropped,   ///< the connection is gone, and the session is a job of its user now
    not_saved, ///< as `dropped`, but the job could not be made (yet)
};

class SessionHolder {
public:
    using Tell = std::function<void(const HeldSession& session, SessionNews news)>;
    /// `every_session`: ssh sessions that begin later are held as well, and `run` does not return.
    enum class Scope { given, every_session };
    /// Errors: epoll or inotify are not to be had.
    [[nodiscard]] static Result<std::unique_ptr<SessionHolder>> create(Scope scope, Tell tell);

    void add(HeldSession session);
    /// Returns when nothing is held any more. Nobody's session is hurt when this process is ended;
    /// it then depends on its connection again.
    void run();

private:
    struct Held {
        HeldSession session;
        sys::UniqueFd rescuer; ///< pidfd of the process that makes the job
        bool dropped = false;
        Nanoseconds next_try = 0; ///< not 0: the job is to be made then
        Nanoseconds pause = 0;
    };

    SessionHolder(Scope scope, Tell tell, sys::EventLoop loop)
        : m_scope(scope), m_tell(std::move(tell)), m_loop(std::move(loop)) {}

    [[nodiscard]] Result<> watch_terminals();
    void on_terminal_changes();
    void look(unsigned terminal);
    void look_at_all();
    void hold_new(unsigned terminal);
    void on_drop(Held& held);
    void make_job(Held& held);
    void on_rescuer_ended(unsigned terminal);
    void let_go(unsigned terminal, SessionNews news);
    void try_again(Held& held);
    void plan_look();

    Scope m_scope;
    Tell m_tell;
    sys::EventLoop m_loop;
    sys::UniqueFd m_inotify;
    std::map<unsigned, std::unique_ptr<Held>> m_held; ///< by terminal
    Nanoseconds m_next_look = 0;                      ///< not 0: a session may be about to begin
    Nanoseconds m_look_pause = 0;
};

} // namespace outlast::adopt
