// Sends a part of a file inside the kernel.
#include "sys/send_file.hpp"

#include <cerrno>
#include <sys/sendfile.h>
#include <sys/stat.h>

namespace outlast::sys {

Result<std::size_t> send_some(int from, std::uint64_t offset, int to, std::size_t most) {
    struct stat info {};
    if (::fstat(to, &info) != 0) return fail_errno("send");
    if (!S_ISFIFO(info.st_mode) && !S_ISSOCK(info.st_mode)) return fail_errno(EINVAL, "send");
    for (;;) {
        auto start = static_cast<off_t>(offset);
        const ssize_t count = ::sendfile(to, from, &start, most);
        if (count >= 0) return static_cast<std::size_t>(count);
        if (errno != EINTR) return fail_errno("send");
    }
}

} // namespace outlast::sys
