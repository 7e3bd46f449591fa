// One process that is to be taken over: what it has, or why it cannot be.
#pragma once

#include "adopt/frozen_process.hpp"
#include "adopt/terminal_use.hpp"

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <tl/expected.hpp>

namespace outlast::adopt {

/// Why a process cannot be taken over, and what to do instead.
struct Obstacle {
    pid_t pid = 0;
    std::string name; ///< as the process is called; untrusted text
    std::string why;
    std::string fix; ///< commands that work instead; may be empty
};

struct Member {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;
    std::string name; ///< untrusted text
    pid_t parent = 0;
    pid_t group = 0;
    pid_t session = 0;
    bool stopped = false;         ///< by job control (Ctrl-Z)
    bool has_controlling = false; ///< the terminal is its controlling terminal
    bool catches_resize = false;  ///< it has a handler for SIGWINCH
    Filter filter = Filter::applies;
    TerminalUse use;

    [[nodiscard]] bool leads_session() const noexcept { return pid == session; }
};

enum class Probe {
    by_facts,  ///< what /proc tells
    by_tracing ///< also seize it for a moment, without stopping it, to see whether that is allowed
};

/// Looks at `pid`, whose terminal is `device` (0: none). Stops and changes nothing.
[[nodiscard]] tl::expected<Member, Obstacle> look_at(pid_t pid, dev_t device, Probe probe);

/// What can be done about a process that we may not trace: by root, or in the shell it came from.
[[nodiscard]] std::string ways_without_tracing(pid_t pid);
/// The same for a process of ours, which can also be watched without being touched.
[[nodiscard]] std::string ways_for_ones_own(pid_t pid);

} // namespace outlast::adopt
