// The terminal that processes are moved to.
#include "adopt/new_terminal.hpp"

#include "adopt/terminal_use.hpp"
#include "sys/file.hpp"
#include "sys/pty.hpp"

#include <unistd.h>

namespace outlast::adopt {
namespace {

winsize other_size(winsize size) {
    size.ws_row = static_cast<unsigned short>(size.ws_row > 1 ? size.ws_row - 1 : size.ws_row + 1);
    return size;
}

} // namespace

Result<NewTerminal> NewTerminal::open(const std::string& path) {
    auto fd = sys::open_at(AT_FDCWD, path, O_RDWR | O_NOCTTY);
    if (!fd) return fail(fd.error());
    struct stat info {};
    if (::fstat(fd->get(), &info) != 0 || ::isatty(fd->get()) == 0)
        return fail(Errc::refused, path, "it is no terminal");
    return NewTerminal(path, std::move(*fd), info);
}

std::string NewTerminal::path_through_us() const { return descriptor_path(::getpid(), m_fd.get()); }

bool NewTerminal::is_behind(pid_t pid, int fd) const {
    struct stat info {};
    return ::stat(descriptor_path(pid, fd).c_str(), &info) == 0 && info.st_dev == m_info.st_dev &&
           info.st_ino == m_info.st_ino && info.st_rdev == m_info.st_rdev;
}

Result<> NewTerminal::give_to(uid_t owner) const {
    if (m_info.st_uid == owner) return {};
    if (::fchown(m_fd.get(), owner, static_cast<gid_t>(-1)) != 0)
        return fail_errno("give the new terminal to uid " + std::to_string(owner));
    return {};
}

std::optional<winsize> NewTerminal::change_size() const {
    const auto before = sys::window_size(m_fd.get());
    if (!before || !sys::set_window_size(m_fd.get(), other_size(*before))) return std::nullopt;
    return before;
}

void NewTerminal::restore_size(const winsize& before) const {
    const winsize other = other_size(before);
    const auto now = sys::window_size(m_fd.get());
    if (!now || now->ws_row != other.ws_row || now->ws_col != other.ws_col) return;
    (void)sys::set_window_size(m_fd.get(), before);
}

} // namespace outlast::adopt
