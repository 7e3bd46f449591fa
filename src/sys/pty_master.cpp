// Who has the master of a pseudo terminal.
#include "sys/pty_master.hpp"

#include "base/text.hpp"
#include "sys/file.hpp"

#include <fcntl.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

namespace outlast::sys {
namespace {

std::optional<unsigned> index_in(std::string_view fdinfo) {
    constexpr std::string_view label = "tty-index:";
    const std::size_t at = fdinfo.find(label);
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view rest = fdinfo.substr(at + label.size());
    const auto index = parse_u64(trim(rest.substr(0, rest.find('\n'))));
    if (!index) return std::nullopt;
    return static_cast<unsigned>(*index);
}

} // namespace

std::vector<PtyMaster> pty_masters_of(pid_t pid) {
    std::vector<PtyMaster> found;
    const std::string folder = "/proc/" + std::to_string(pid) + "/fdinfo";
    const auto names = list_directory_at(AT_FDCWD, folder);
    if (!names) return found;
    for (const std::string& name : *names) {
        std::string path = folder;
        path.append("/").append(name);
        const auto text = read_file(path);
        const auto number = parse_u64(name);
        if (!text || !number) continue;
        if (const auto index = index_in(*text))
            found.push_back({static_cast<int>(*number), *index});
    }
    return found;
}

Result<UniqueFd> duplicate_from(int pidfd, int fd) {
    UniqueFd copy(static_cast<int>(::syscall(SYS_pidfd_getfd, pidfd, fd, 0)));
    if (!copy) return fail_errno("pidfd_getfd");
    return copy;
}

Result<UniqueFd> open_slave(int master) {
    UniqueFd slave(::ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!slave) return fail_errno("TIOCGPTPEER");
    return slave;
}

} // namespace outlast::sys
