// A shell's job control (credentials(7), termios(3)) as a program at a terminal meets it.
#pragma once

namespace outlast::sys {

/// True when our process group may read `terminal` and change its modes; also when it is not our
/// controlling terminal, since nobody then stops us for it.
[[nodiscard]] bool in_foreground(int terminal) noexcept;

/// True when somebody can continue us after a stop: a parent outside our process group and inside
/// our session, as a shell is. Without one the group is orphaned, and Ctrl-Z does nothing to it.
[[nodiscard]] bool shell_waits_above() noexcept;

/// Stops the process group as Ctrl-Z at the terminal does; returns when continued, at once when the
/// group is orphaned. SIGTSTP may be blocked.
void suspend_group() noexcept;

/// Stops the process group as the terminal does with a background program that changes its modes
/// (SIGTTOU).
void stop_as_background_writer() noexcept;

} // namespace outlast::sys
