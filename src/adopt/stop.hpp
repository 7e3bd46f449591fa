// The stops of a traced thread (ptrace(2)), and waiting for them.
#pragma once

#include "adopt/deadline.hpp"
#include "base/result.hpp"

#include <csignal>
#include <sys/types.h>

namespace outlast::adopt {

/// Holds back all signals of this process while it lives: processes that are half taken over must
/// not be left alone because somebody typed Ctrl-C here. It also makes SIGCHLD wait for us, which
/// is how `await_stop` sleeps.
class SignalsHeld {
public:
    SignalsHeld() noexcept;
    SignalsHeld(const SignalsHeld&) = delete;
    SignalsHeld& operator=(const SignalsHeld&) = delete;
    SignalsHeld(SignalsHeld&&) = delete;
    SignalsHeld& operator=(SignalsHeld&&) = delete;
    ~SignalsHeld();

private:
    sigset_t m_before{};
    struct sigaction m_child_action {};
};

/// What a traced thread has stopped for.
struct Stop {
    enum class Kind {
        held,      ///< PTRACE_EVENT_STOP: our interruption, the birth of a process, or Ctrl-Z
        in_call,   ///< entry to or exit from a system call
        event,     ///< another PTRACE_EVENT_…, in `number`
        signalled, ///< the signal `number` is about to be delivered
        gone       ///< it has ended
    };
    Kind kind = Kind::gone;
    int number = 0; ///< held: SIGTRAP, or the signal that had stopped it already (Ctrl-Z)
};

/// The next stop of `thread`. `ETIMEDOUT` when it has not stopped by then: a thread that sleeps
/// uninterruptibly (state D) stops when its sleep is over.
[[nodiscard]] Result<Stop> await_stop(pid_t thread, const Deadline& deadline);

/// Lets a stopped thread go on: `request` is PTRACE_CONT or PTRACE_SYSCALL.
[[nodiscard]] Result<> go_on(pid_t thread, int request, int signal = 0);

/// Lets a thread that was interrupted go on until it is held. Signals that come first are
/// delivered. `stopped`: it was, by job control, whatever /proc showed of it (ptrace(2),
/// "Group-stop").
enum class Held { gone, running, stopped };
[[nodiscard]] Result<Held> await_held(pid_t thread, const Deadline& deadline);

} // namespace outlast::adopt
