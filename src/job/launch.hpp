// Starts jobs: makes the folder, starts the keeper, waits until the command runs.
#pragma once

#include "job/registry.hpp"
#include "job/spec.hpp"
#include "sys/unique_fd.hpp"

#include <csignal>
#include <string>
#include <sys/ioctl.h>
#include <termios.h>

namespace outlast::job {

/// Where the keeper, and with it everything of the job, is to be while it runs.
enum class Placement {
    with_caller, ///< in the caller's control group
    own_scope,   ///< in a scope of its own, which outlives the login (job/own_scope.hpp)
};

struct LaunchRequest {
    Spec spec;
    std::string program; ///< from find_program
    std::string name;    ///< as given with -n, else empty
    int input = -1;      ///< standard input of a job without a terminal; -1: /dev/null
    termios attributes{};
    winsize size{};
    sigset_t signal_mask{};
    Placement placement = Placement::with_caller;
};

struct Started {
    std::uint64_t number = 0;
    std::string name;
    pid_t pid = 0;
    bool existing = false; ///< a job with the same key was there
    /// The log of a job that keeps none on disk: a short one may be over, and its keeper gone,
    /// before anybody can ask for it.
    sys::UniqueFd memory_log = {};
    /// Why it is with the caller although a scope was asked for; the job runs all the same.
    std::string not_placed = {};
};

/// Returns when the command has been executed (or could not be). The job then depends on nothing of
/// the caller's: not its terminal, its session, its descriptors, nor its life. On an error no job
/// is left behind. Errors: command_not_run, refused, or the system call that failed.
[[nodiscard]] Result<Started> launch(Registry& registry, const LaunchRequest& request);

/// The next run of a job that has ended, by its spec.
[[nodiscard]] Result<Started> relaunch(Registry& registry, const JobFolder& folder,
                                       const Record& record, const LaunchRequest& request);

} // namespace outlast::job
