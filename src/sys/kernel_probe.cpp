// What this kernel can do.
#include "sys/kernel_probe.hpp"

#include "sys/feature.hpp"
#include "sys/file.hpp"
#include "sys/file_lock.hpp"
#include "sys/pidfd.hpp"
#include "sys/pty.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <termios.h>
#include <unistd.h>

namespace outlast::sys {
namespace {

/// A file of ours in a directory, removed at the end.
class ProbeFile {
public:
    explicit ProbeFile(const std::string& directory)
        : m_path(directory + "/.probe-" + std::to_string(::getpid())) {
        auto file = open_at(AT_FDCWD, m_path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW);
        if (file) m_fd = std::move(*file);
        else m_made = fail(file.error());
    }
    ProbeFile(const ProbeFile&) = delete;
    ProbeFile& operator=(const ProbeFile&) = delete;
    ProbeFile(ProbeFile&&) = delete;
    ProbeFile& operator=(ProbeFile&&) = delete;
    ~ProbeFile() {
        if (m_fd) ::unlink(m_path.c_str());
    }
    [[nodiscard]] const Result<>& made() const noexcept { return m_made; }
    [[nodiscard]] const UniqueFd& fd() const noexcept { return m_fd; }
    [[nodiscard]] const std::string& path() const noexcept { return m_path; }

private:
    std::string m_path;
    UniqueFd m_fd;
    Result<> m_made;
};

} // namespace

std::string kernel_release() {
    utsname name{};
    return ::uname(&name) == 0 ? name.release : "unknown";
}

bool has_pidfds() { return open_pidfd(::getpid()).has_value(); }

bool has_terminal_splice() {
    if (is_switched_off(Feature::splice)) return false;
    auto terminal = open_pty();
    std::array<int, 2> ends{-1, -1};
    if (!terminal || ::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return false;
    const UniqueFd read_end(ends[0]);
    const UniqueFd write_end(ends[1]);
    if (::write(terminal->slave.get(), "x", 1) != 1) return false;
    const ssize_t moved =
        ::splice(terminal->master.get(), nullptr, write_end.get(), nullptr, 1, SPLICE_F_NONBLOCK);
    // EAGAIN: the byte is still on its way through the terminal, but the call is there.
    return moved == 1 || errno == EAGAIN;
}

bool has_landlock() {
    return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

bool has_system_call_filters() {
    const unsigned action = SECCOMP_RET_ERRNO;
    return ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

bool can_watch_files() {
    if (is_switched_off(Feature::inotify)) return false;
    const UniqueFd instance(::inotify_init1(IN_CLOEXEC));
    return static_cast<bool>(instance);
}

Result<> try_making_file(const std::string& directory) { return ProbeFile(directory).made(); }

bool can_punch_holes(const std::string& directory) {
    if (is_switched_off(Feature::punch)) return false;
    const ProbeFile file(directory);
    constexpr off_t block = 4096;
    return file.fd() && write_all(file.fd().get(), std::string(2 * block, 'x')) &&
           ::fallocate(file.fd().get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, block) == 0;
}

bool locks_work(const std::string& directory) {
    const ProbeFile file(directory);
    if (!file.fd()) return false;
    const auto other = open_at(AT_FDCWD, file.path(), O_RDWR);
    const auto first = try_lock(file.fd().get(), LockMode::exclusive);
    const auto second = other ? try_lock(other->get(), LockMode::exclusive) : fail(other.error());
    return first && second && *first == LockAnswer::granted &&
           *second == LockAnswer::held_by_another;
}

} // namespace outlast::sys
