// Reading another process's memory, without stopping it.
#include "sys/process_memory.hpp"

#include <bit>
#include <cerrno>
#include <sys/uio.h>

namespace outlast::sys {

Result<std::string> read_process_memory(pid_t pid, std::uint64_t address, std::size_t size) {
    std::string bytes(size, '\0');
    const iovec here{bytes.data(), size};
    const iovec there{std::bit_cast<void*>(static_cast<std::uintptr_t>(address)), size};
    const ssize_t count = ::process_vm_readv(pid, &here, 1, &there, 1, 0);
    if (count < 0) return fail_errno("read memory of process " + std::to_string(pid));
    if (static_cast<std::size_t>(count) != size)
        return fail_errno(EFAULT, "read memory of process " + std::to_string(pid));
    return bytes;
}

} // namespace outlast::sys
