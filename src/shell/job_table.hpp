// The job table of an interactive shell: what %1 means, and whom the shell hangs up at its end.
//
// There are three ways to it, best first:
//   hook      the shell tells it itself (`outlast hook`), in OUTLAST_SHELL_JOBS
//   memory    it is read out of a running bash or zsh, which export their tables by name; refused
//             where ptrace(2) is, and checked against the kernel's view, since the layout is the
//             version's own
//   children  the process groups of the shell's children: no numbers, and a job that was disowned
//             looks like any other
#pragma once

#include "base/result.hpp"
#include "shell/interactive_shell.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace outlast::shell {

/// What the shell does to a job when it ends because its terminal is gone.
enum class Parting { hangs_up, leaves_alone, unknown };

struct Job {
    unsigned number = 0; ///< as in %1; 0: not known
    pid_t group = 0;     ///< its process group
    char mark = ' ';     ///< '+' the current job, '-' the previous one
    Parting parting = Parting::unknown;
};

struct JobTable {
    enum class Source { hook, memory, children };
    pid_t shell = 0;
    Kind kind = Kind::none;
    Source source = Source::children;
    std::vector<Job> jobs; ///< ascending by number

    /// True when a process group of the shell's children that is not listed is none of its jobs
    /// (disowned, for instance): not for Source::children.
    [[nodiscard]] bool is_complete() const noexcept { return source != Source::children; }
    [[nodiscard]] const Job* of_group(pid_t group) const;
};

/// What the hook hands over. The first line names the shell: "bash PID", "zsh PID hup" (or
/// "nohup"), "fish PID". Then come a line for each job: as bash's `jobs -l` has it, as fish's
/// `jobs`, or "NUMBER STATE:MARK:PID=…" from zsh's jobstates. Lines that are none are left out;
/// nothing when the first line is none.
[[nodiscard]] std::optional<JobTable> parse_hook(std::string_view text);

/// The table of the interactive shell `pid`: out of its memory, else its children's groups.
[[nodiscard]] JobTable read_job_table(pid_t pid, Kind kind);

/// The table of the interactive shell that this process was typed in: what the hook handed over, if
/// the shell it names is one of our ancestors; else of the nearest ancestor that is an interactive
/// shell. Nothing when there is none.
[[nodiscard]] std::optional<JobTable> calling_shell();

/// The job that "%1", "%%", "%+", "%" or "%-" means. Without numbers (Source::children) the only
/// job there is, whatever the number; else `usage` and what can be typed instead.
[[nodiscard]] Result<Job> find_job(const JobTable& table, std::string_view selector);

} // namespace outlast::shell
