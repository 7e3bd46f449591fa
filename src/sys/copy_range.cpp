// Copies a part of a file inside the kernel.
#include "sys/copy_range.hpp"

#include <cerrno>
#include <sys/sendfile.h>
#include <unistd.h>

namespace outlast::sys {

Result<std::size_t> copy_some(int from, std::uint64_t offset, int to, std::size_t most) {
    for (;;) {
        auto position = static_cast<off64_t>(offset);
        ssize_t count = ::copy_file_range(from, &position, to, nullptr, most, 0);
        if (count < 0 && errno != EINTR && errno != ENOSPC && errno != EIO) {
            auto start = static_cast<off_t>(offset);
            count = ::sendfile(to, from, &start, most);
        }
        if (count >= 0) return static_cast<std::size_t>(count);
        if (errno != EINTR) return fail_errno("copy");
    }
}

} // namespace outlast::sys
