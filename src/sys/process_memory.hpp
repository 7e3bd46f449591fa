// Reading another process's memory, without stopping it.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <sys/types.h>

namespace outlast::sys {

/// process_vm_readv(2): exactly `size` bytes at `address`. The process runs on meanwhile, so what
/// is read may be half changed: check it. EPERM where ptrace(2) would be refused (another user's
/// process, one that is not dumpable, Yama's ptrace_scope).
[[nodiscard]] Result<std::string> read_process_memory(pid_t pid, std::uint64_t address,
                                                      std::size_t size);

} // namespace outlast::sys
