// Pseudo terminals (pty(7)).
#pragma once

#include "base/result.hpp"
#include "sys/unique_fd.hpp"

#include <optional>
#include <string>
#include <sys/ioctl.h>
#include <termios.h>

namespace outlast::sys {

struct PtyPair {
    UniqueFd master; ///< O_NONBLOCK, close-on-exec
    UniqueFd slave;  ///< close-on-exec, not the controlling terminal of the caller
};

/// A new pseudo terminal. The slave comes from TIOCGPTPEER (Linux 4.13), which needs no path and so
/// works in a container whose /dev/pts is another one.
[[nodiscard]] Result<PtyPair> open_pty();

[[nodiscard]] std::optional<winsize> window_size(int fd);
[[nodiscard]] Result<> set_window_size(int fd, const winsize& size);
[[nodiscard]] std::optional<termios> terminal_attributes(int fd);

/// N of /dev/pts/N, asked of a master.
[[nodiscard]] std::optional<unsigned> terminal_index(int master);
/// The session whose controlling terminal this is, asked of its master: while there is one, the
/// kernel raises the terminal's signals (TIOCGSID, tty_ioctl(4)).
[[nodiscard]] std::optional<pid_t> session_of_terminal(int master);

/// The bytes that raise a signal when they are typed (VINTR, VQUIT, VSUSP); none while ISIG is off.
[[nodiscard]] std::string signal_keys(const termios& attributes);

/// What a terminal in its usual state has: ICANON, ECHO, ISIG, OPOST|ONLCR, IUTF8 (termios(3)).
[[nodiscard]] termios default_terminal_attributes();

/// cfmakeraw(3) on `fd` from enter() on; leave(), and the end of this object, put back the
/// attributes that the last enter() found.
class RawTerminal {
public:
    explicit RawTerminal(int fd);
    RawTerminal(const RawTerminal&) = delete;
    RawTerminal& operator=(const RawTerminal&) = delete;
    RawTerminal(RawTerminal&&) = delete;
    RawTerminal& operator=(RawTerminal&&) = delete;
    ~RawTerminal();

    void enter();
    /// Waits until what was written has gone out (TCSADRAIN).
    void leave();

private:
    int m_fd;
    bool m_raw = false;
    std::optional<termios> m_saved;
};

} // namespace outlast::sys
