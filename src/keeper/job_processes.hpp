// Which processes belong to a job, and signals to them.
#pragma once

#include "twin/shared_state.hpp"

#include <sys/types.h>
#include <vector>

namespace outlast::keeper {

/// The command, everything below it, everything in its session, and orphans of it that became our
/// children (the keeper is a subreaper). Left out: scribe and anchor, and jobs that were started
/// from within this job, with all that belongs to them: they live on their own. Of an adopted job:
/// see keeper/adopted.hpp.
[[nodiscard]] std::vector<pid_t> job_processes(const twin::SharedState& state);

enum class Escalation {
    none,
    hangup_if_ignored ///< SIGHUP too for what ignores the signal: an interactive shell ignores
                      ///< SIGTERM
};
/// Signals each process of the job; returns how many there were. SIGCONT follows a signal that
/// should end them, so that stopped processes can act on it.
std::size_t signal_job(const twin::SharedState& state, int signal, Escalation escalation);

/// Signals the command only, or its process group (the foreground group of its terminal, if it has
/// one).
void signal_main(const twin::SharedState& state, int signal);
void signal_group(const twin::SharedState& state, int signal);

/// For an adopted job whose terminal has no session: what the kernel would raise in the foreground
/// group, in all of the job's groups. True when SIGTSTP has stopped the command.
bool signal_adopted_group(const twin::SharedState& state, int signal);

/// What the terminal's suspend character would do to the command in an ordinary shell: stop it when
/// it is the foreground group and leaves SIGTSTP at its default. Blocked, the signal waits, and
/// nobody can tell: a shell blocks signals for a moment around each vfork(2), other programs for
/// good. The kernel itself does not stop it, because its process group is orphaned (its parent
/// lives in another session).
enum class Suspension { stops, does_not_stop, blocked };
[[nodiscard]] Suspension suspension_of_command(const twin::SharedState& state);

} // namespace outlast::keeper
