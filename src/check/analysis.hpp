// What becomes of processes when their connections end: who is signalled, and who ends by it.
//
// The one axiom is that a connection's own process ends (sshd of this login, a terminal emulator).
// All else follows from what the kernel and the shells do:
//
//   a terminal goes       when the last holder of its master side ends. A holder's own fate is
//   found
//                         in the same way, so that a tmux server, which has no terminal, keeps
//                         those of its panes, and an expect(1) that is hung up takes its own along.
//                         Holders that keep each other alive stay.
//   the session leader    gets SIGHUP when its terminal goes.
//   the foreground group  gets SIGHUP when the session leader has ended.
//   a job of a shell      gets SIGHUP from bash, zsh and fish when these end by the hangup, unless
//                         it was disowned (shell::JobTable). dash, mksh and tcsh send none.
//   a stopped job         gets SIGTERM from bash too; and any process group with a stopped member
//                         gets SIGHUP from the kernel when the end of a parent orphans it.
//
// Then the process's own disposition decides: ignored, caught, held back or fatal. What cannot be
// seen from outside: PR_SET_PDEATHSIG, and what a program does with a signal that it catches.
#pragma once

#include "check/host_survival.hpp"
#include "check/process_table.hpp"
#include "check/verdict.hpp"
#include "shell/job_table.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>

namespace outlast::check {

struct Fate {
    Mark mark = Mark::safe;
    std::string reason{}; ///< harmless to print
};

/// Remembers what it has found out; one for one snapshot.
class Analysis {
public:
    /// What is asked of the world beyond the snapshot; tests put their own answers here.
    struct World {
        std::function<shell::JobTable(pid_t, shell::Kind)> job_table;
        std::function<Survival(const Process&)> at_logout;
    };

    /// `ends` are processes taken to end, as connections do.
    Analysis(const ProcessTable& table, World world, std::set<pid_t> ends = {});

    [[nodiscard]] const ProcessTable& table() const noexcept { return m_table; }

    /// Whether a terminal (a device number) goes; `devpts` as in Process.
    [[nodiscard]] const Fate& of_terminal(int terminal, std::uint64_t devpts);
    /// What the signals that come when its terminal goes do to a process.
    [[nodiscard]] const Fate& of_hangup(const Process& process);
    /// What the host does to it at logout; with the command that mends it, if there is one.
    [[nodiscard]] Verdict of_logout(const Process& process);
    /// Whether it ends with the connection, one way or the other: the worst of all these.
    [[nodiscard]] Fate of_process(const Process& process);

    /// The nearest ancestor that is one end of a connection; nullptr when there is none.
    [[nodiscard]] const Process* connection_of(const Process& process) const;

private:
    struct Signal {
        Mark arrives = Mark::safe;
        int number = 0;
        std::string why;
    };

    [[nodiscard]] const Survival& at_logout(const Process& process);
    [[nodiscard]] const Process* what_keeps_manager(uid_t owner);
    [[nodiscard]] std::vector<const Process*> holders_of(int index, int terminal,
                                                         std::uint64_t devpts) const;
    [[nodiscard]] Fate find_terminal_fate(int terminal, std::uint64_t devpts);
    [[nodiscard]] Fate find_hangup_fate(const Process& process);
    [[nodiscard]] Mark ends_by_hangup(const Process& process);
    void add_kernel_signals(const Process& process, const Fate& terminal,
                            std::vector<Signal>& signals);
    void add_shell_signals(const Process& process, std::vector<Signal>& signals);
    void add_orphan_signals(const Process& process, std::vector<Signal>& signals);
    [[nodiscard]] const shell::JobTable& jobs_of(const Process& shell);
    [[nodiscard]] std::string quiet_reason(const Process& process);

    const ProcessTable& m_table;
    World m_world;
    std::set<pid_t> m_ends;
    std::set<pid_t> m_asked; ///< whose hangup is being looked at
    std::map<std::pair<int, std::uint64_t>, Fate> m_terminals;
    std::map<pid_t, Fate> m_hangups;
    std::map<std::string, Survival> m_logouts; ///< by control group and user
    std::map<uid_t, const Process*> m_lasting; ///< what keeps a user's manager; may be nullptr
    std::map<pid_t, shell::JobTable> m_jobs;
};

} // namespace outlast::check
