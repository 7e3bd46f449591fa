// Pseudo terminals.
#include "sys/pty.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace outlast::sys {

Result<PtyPair> open_pty() {
    PtyPair pair;
    pair.master.reset(::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (!pair.master) return fail_errno("/dev/ptmx");
    if (::unlockpt(pair.master.get()) != 0) return fail_errno("unlockpt");
    pair.slave.reset(::ioctl(pair.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!pair.slave) return fail_errno("open the terminal's other end");
    return pair;
}

std::optional<winsize> window_size(int fd) {
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) != 0) return std::nullopt;
    return size;
}

Result<> set_window_size(int fd, const winsize& size) {
    if (::ioctl(fd, TIOCSWINSZ, &size) != 0) return fail_errno("set the terminal's size");
    return {};
}

std::optional<termios> terminal_attributes(int fd) {
    termios attributes{};
    if (::tcgetattr(fd, &attributes) != 0) return std::nullopt;
    return attributes;
}

std::optional<unsigned> terminal_index(int master) {
    unsigned index = 0;
    if (::ioctl(master, TIOCGPTN, &index) != 0) return std::nullopt;
    return index;
}

std::optional<pid_t> session_of_terminal(int master) {
    pid_t session = 0;
    if (master < 0 || ::ioctl(master, TIOCGSID, &session) != 0 || session <= 0) return std::nullopt;
    return session;
}

std::string signal_keys(const termios& attributes) {
    std::string keys;
    if ((attributes.c_lflag & ISIG) == 0) return keys;
    for (const int index : {VINTR, VQUIT, VSUSP}) {
        const cc_t key = attributes.c_cc[index];
        if (key != _POSIX_VDISABLE) keys += static_cast<char>(key);
    }
    return keys;
}

termios default_terminal_attributes() {
    termios attributes{};
    attributes.c_iflag = ICRNL | IXON | IUTF8 | BRKINT;
    attributes.c_oflag = OPOST | ONLCR;
    attributes.c_cflag = CS8 | CREAD | B38400;
    attributes.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
    attributes.c_cc[VINTR] = 3;
    attributes.c_cc[VQUIT] = 28;
    attributes.c_cc[VERASE] = 127;
    attributes.c_cc[VKILL] = 21;
    attributes.c_cc[VEOF] = 4;
    attributes.c_cc[VSTART] = 17;
    attributes.c_cc[VSTOP] = 19;
    attributes.c_cc[VSUSP] = 26;
    attributes.c_cc[VREPRINT] = 18;
    attributes.c_cc[VWERASE] = 23;
    attributes.c_cc[VLNEXT] = 22;
    attributes.c_cc[VDISCARD] = 15;
    attributes.c_cc[VMIN] = 1;
    return attributes;
}

RawTerminal::RawTerminal(int fd) : m_fd(fd) {}

RawTerminal::~RawTerminal() { leave(); }

void RawTerminal::enter() {
    if (m_raw) return;
    m_saved = terminal_attributes(m_fd);
    if (!m_saved) return;
    termios raw = *m_saved;
    ::cfmakeraw(&raw);
    if (::tcsetattr(m_fd, TCSADRAIN, &raw) == 0) m_raw = true;
}

void RawTerminal::leave() {
    if (!m_raw) return;
    m_raw = false;
    ::tcsetattr(m_fd, TCSADRAIN, &*m_saved);
}

} // namespace outlast::sys
