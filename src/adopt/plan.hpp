// What taking a process over would involve.
#pragma once

#include "adopt/member.hpp"
#include "base/result.hpp"

#include <optional>
#include <string>
#include <sys/ioctl.h>
#include <termios.h>
#include <vector>

namespace outlast::adopt {

/// A process with all that belongs to it: its process group, which is its pipeline, and all that
/// descends from these; for the leader of a session the whole session.
struct Plan {
    pid_t main = 0;
    std::vector<Member> members;     ///< `main` first
    std::vector<Obstacle> obstacles; ///< of members that cannot be taken over: then none is

    dev_t terminal = 0;        ///< that they are to be moved away from; 0: they have none
    std::string terminal_path; ///< "/dev/pts/3", as far as it can be told
    bool foreground = false;   ///< one of them is in the terminal's foreground
    /// Of the terminal; the modes only for the foreground job, because a shell that waits for a
    /// command has set them for itself.
    std::optional<termios> attributes;
    std::optional<winsize> size;

    [[nodiscard]] const Member& main_member() const { return members.front(); }
    /// Whether there is anything to do that takes stopping the processes: some member has a
    /// terminal open, or one as its controlling terminal.
    [[nodiscard]] bool needs_takeover() const noexcept { return terminal != 0; }
    /// Whether they have to be given another terminal: not where all that they have of theirs is
    /// the standard input, and the main one writes elsewhere.
    [[nodiscard]] bool wants_terminal() const;
};

/// Reads only. `refused` when `main` is no process to be adopted, with why and what to do instead;
/// members that stand in the way are in `obstacles`.
[[nodiscard]] Result<Plan> examine(pid_t main);

/// The pids that belong to `main`, itself first, as /proc shows them now.
[[nodiscard]] std::vector<pid_t> find_members(pid_t main);

/// An error that names the first obstacle, and how many there are.
[[nodiscard]] Error obstacle_error(const std::vector<Obstacle>& obstacles);

} // namespace outlast::adopt
