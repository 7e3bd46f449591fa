// outlast adopt: takes a process over and makes a job of it.
#pragma once

#include "adopt/plan.hpp"
#include "adopt/takeover.hpp"
#include "base/result.hpp"
#include "check/host_survival.hpp"
#include "cli/output.hpp"
#include "job/adoption.hpp"
#include "job/process_spec.hpp"

#include <optional>
#include <string>
#include <sys/types.h>

namespace outlast::cli {

struct AdoptedJob {
    std::uint64_t number = 0;
    std::string name;
    pid_t pid = 0;
    std::string process;   ///< what the kernel calls it; untrusted text
    bool terminal = false; ///< it has a terminal of ours now
    adopt::Takeover takeover;
    job::ExitForecast exit;
    job::ProcessOutput output;
    check::Survival logout;
};

/// Which process was looked at when it was chosen: the pid may name another by now, and the same
/// one may have left its session.
struct Chosen {
    std::uint64_t start_ticks = 0;
    pid_t session = 0;
};

struct AdoptWish {
    std::string name;             ///< as given with -n, or empty
    job::ParentRecord parent;     ///< if it is one of us
    std::optional<Chosen> chosen; ///< refuses any other than this
};

/// Takes over `pid` and everything that belongs to it. Before anything is done it says how the exit
/// status will become known. On an error nothing has changed and there is no job: `refused` with
/// why and what works instead; `already_ended`.
[[nodiscard]] Result<AdoptedJob> adopt_process(job::Registry& registry, pid_t pid,
                                               const AdoptWish& wish, const Output& output);

/// Whether every promise is kept: hangup, logout, output, exit status.
[[nodiscard]] bool is_whole(const AdoptedJob& adopted);
/// A line for the job and one for each promise; the number alone with -q.
void print_adopted(const AdoptedJob& adopted, const Output& output);
/// The same as one JSON object.
[[nodiscard]] std::string adopted_json(const AdoptedJob& adopted);

} // namespace outlast::cli
