// outlast adopt --watch: makes a job of a process without touching it.
#pragma once

#include "base/result.hpp"
#include "cli/output.hpp"
#include "job/adoption.hpp"
#include "job/process_spec.hpp"

#include <string>
#include <sys/types.h>

namespace outlast::cli {

struct WatchedProcess {
    std::uint64_t number = 0;
    std::string name;
    std::string command; ///< one line
    pid_t pid = 0;
    job::ExitForecast exit;
    job::ProcessOutput output;
};

/// Which processes belong to `main` and to nothing else: it, what is below it, and its process
/// group with what is below that, unless one of its ancestors (a shell without job control, a
/// script) is in there too.
struct ProcessFamily {
    std::vector<pid_t> groups;
    std::vector<job::AdoptedProcess> members;
};
[[nodiscard]] ProcessFamily family_of(pid_t main);

/// `refused` when the process is a living job's, or was started by one.
[[nodiscard]] Result<> refuse_job(const job::Registry& registry, pid_t pid);

/// Records the process as a job, watches it, keeps its exit status, and shows the file that it
/// writes as its log. Needs no right to trace it, and changes nothing of it. `name` as given with
/// -n, or empty; `parent`: if it is one of us. Errors: `already_ended`, `refused` (somebody else's;
/// it belongs to a job already).
[[nodiscard]] Result<WatchedProcess> watch_process(job::Registry& registry, pid_t pid,
                                                   const std::string& name,
                                                   const job::ParentRecord& parent = {});

/// Whether somebody keeps the hangup away from a watched process: its shell's place is taken by a
/// process that ignores it (`take`).
enum class Hangup { as_it_was, kept_away };
/// What was done, and what not, a line for each promise; or one JSON object.
void print_watched(const WatchedProcess& watched, const Output& output,
                   Hangup hangup = Hangup::as_it_was);

} // namespace outlast::cli
