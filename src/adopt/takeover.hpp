// Takes running processes over: moves them to another terminal and out of reach of a hangup.
#pragma once

#include "adopt/plan.hpp"
#include "base/duration.hpp"
#include "base/result.hpp"

#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace outlast::adopt {

/// What has been done.
struct Takeover {
    struct Process {
        pid_t pid = 0;
        std::uint64_t start_ticks = 0;
        pid_t group = 0;
    };
    std::vector<Process> processes; ///< all that were taken over, the main one first
    /// The process whose session has the new terminal as its controlling one; 0: it has no session.
    pid_t terminal_owner = 0;
    std::size_t descriptors = 0;   ///< moved from the old terminal to the new
    bool away_from_hangup = false; ///< neither the old shell nor the kernel hangs them up any more
    bool continued = false;        ///< it was stopped, and runs again
    bool shell_took_terminal = true; ///< false: it was waited for, and did not
    Nanoseconds frozen = 0;          ///< how long the processes did not run
    std::vector<std::string> flaws;  ///< what could not be done, a sentence each
};

/// Asked when everything that could fail has been done and can still be undone; an error undoes it.
using Confirm = std::function<Result<>(const Takeover&)>;

/// Takes over what `plan` lists, and what has joined it since. `terminal` is the path of a new
/// terminal that somebody holds open; its modes and size are set already. Empty: they keep the
/// terminal they have open, and are only brought out of reach of its hangup. All or nothing: on an
/// error every process goes on exactly as it was, and the error's `why` says if something could not
/// be taken back. The processes stand still for a few milliseconds.
///
/// Signals for this process are held back meanwhile. It must not be killed: the kernel would let
/// go of processes in the middle of a call that is not theirs.
[[nodiscard]] Result<Takeover> take_over(const Plan& plan, const std::string& terminal,
                                         const Confirm& confirm);

} // namespace outlast::adopt
