// What a process is to its user: work, the shell, a window onto something, an end of a connection.
#pragma once

#include "check/process_table.hpp"

#include <string>
#include <string_view>

namespace outlast::check {

enum class Role {
    work,       ///< everything that is none of the following
    shell,      ///< an interactive shell
    view,       ///< shows what lives elsewhere: a client of tmux or screen, a viewer of outlast
    connection, ///< ends with a connection: the sshd of one login
    window,     ///< a terminal emulator: ends with its window, or with the display
    resident    ///< outlast's own keeper, scribe, anchor, stand-in, holder of a session
};

[[nodiscard]] Role role_of(const Process& process);
[[nodiscard]] std::string_view role_name(Role role) noexcept;

/// What a program does with SIGHUP that catches it or holds it back. Each known one is tried out by
/// the laboratory test.
enum class Manner { unknown, ends, goes_on };
[[nodiscard]] Manner manner_at_hangup(const Process& process);

} // namespace outlast::check
