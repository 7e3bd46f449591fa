// What is said of a process: for each threat a mark, the reason and what mends it.
#pragma once

#include <string>
#include <string_view>

namespace outlast::check {

/// What may end a process, or spoil its work, that somebody wanted to go on.
enum class Threat {
    hangup,   ///< SIGHUP (and SIGTERM) when its terminal goes
    terminal, ///< reading from and writing to a terminal that is gone
    pipeline, ///< those at the other ends of its pipes
    logout,   ///< what the host does with a user's processes at logout
    memory,   ///< the kernel and systemd-oomd, when memory runs out
    reboot    ///< whether anything starts it again
};

/// Ordered: a later one is worse. What cannot be known is `unknown`, never `safe`.
enum class Mark {
    safe,
    unknown, ///< it cannot be decided from outside: the program itself decides, or we may not look
    at_risk, ///< it happens under a condition that the reason names
    dies
};

struct Verdict {
    Threat threat = Threat::hangup;
    Mark mark = Mark::unknown;
    std::string reason; ///< one line, harmless to print
    std::string fix{};  ///< the command that mends it; empty when none is known or needed
};

[[nodiscard]] std::string_view threat_name(Threat threat) noexcept;
[[nodiscard]] std::string_view mark_name(Mark mark) noexcept;

/// The verdict on losing the connection: hangup, terminal, pipeline and logout count. memory and
/// reboot are told, but threaten whatever runs on a machine.
[[nodiscard]] constexpr bool counts(Threat threat) noexcept {
    return threat != Threat::memory && threat != Threat::reboot;
}

} // namespace outlast::check
