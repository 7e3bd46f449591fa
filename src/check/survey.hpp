// What becomes of processes when the connection drops: all that this user has, by process group.
#pragma once

#include "check/program_role.hpp"
#include "check/verdict.hpp"

#include <set>
#include <string>
#include <sys/types.h>
#include <vector>

namespace outlast::check {

struct ProcessReport {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0; ///< names the process, with the boot id; see sys::ProcessStat
    pid_t parent = 0;
    pid_t group = 0;
    pid_t session = 0;
    uid_t owner = 0;
    char state = '?';
    Role role = Role::work;
    std::string name;              ///< harmless to print
    std::string command;           ///< one line, harmless to print
    std::string terminal;          ///< "pts/3"; empty without one
    std::vector<Verdict> verdicts; ///< one for each threat, in the order of Threat

    /// The worst mark of the threats that count (see `counts`).
    [[nodiscard]] Mark mark() const noexcept;
    /// The verdict that makes it so.
    [[nodiscard]] const Verdict& worst() const noexcept;
    [[nodiscard]] const Verdict& on(Threat threat) const;
};

/// A process group: what a shell calls a job, and what `adopt` takes over as one.
struct GroupReport {
    pid_t group = 0;
    bool in_this_session = false;       ///< of the session that the caller runs in
    std::vector<ProcessReport> members; ///< the group's leader first, if it lives

    [[nodiscard]] Mark mark() const noexcept;
    [[nodiscard]] const ProcessReport& worst() const noexcept;
    /// False when its members are shells, views and the like only: nothing to rescue.
    [[nodiscard]] bool is_work() const noexcept;
};

struct Survey {
    std::vector<GroupReport> groups; ///< worst first, this session's before others
    std::vector<std::string> unseen; ///< what could not be looked at, a sentence each
    std::string terminal;            ///< "pts/3": the caller's; empty without one
    std::string connection;          ///< "sshd (PID 4711)": what holds it; empty when not known

    /// The work of this session that is not safe: what `rescue` adopts.
    [[nodiscard]] std::vector<const GroupReport*> to_rescue() const;
};

struct SurveyOptions {
    std::set<pid_t> ends; ///< processes taken to end with the connection
};

/// The processes of the caller's session, and all others of its user; without the
/// caller's own process group.
[[nodiscard]] Survey survey(const SurveyOptions& options = {});

/// The same for exactly these processes, which may be anybody's; those that have ended are left
/// out.
[[nodiscard]] Survey survey_of(const std::vector<pid_t>& pids, const SurveyOptions& options = {});

} // namespace outlast::check
