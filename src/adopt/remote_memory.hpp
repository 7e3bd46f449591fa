// The memory of another process (process_vm_readv(2), proc(5)).
#pragma once

#include "adopt/machine.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>
#include <sys/types.h>

namespace outlast::adopt {

/// Exactly `size` bytes at `address`.
[[nodiscard]] Result<std::string> read_memory(pid_t pid, Address address, std::size_t size);
[[nodiscard]] Result<> write_memory(pid_t pid, Address address, std::string_view bytes);

/// Where the process has an instruction that enters the kernel: in the vdso, which the kernel maps
/// into every process, else in any other code. Nothing is written into its code for that, so its
/// other threads cannot come upon it.
[[nodiscard]] Result<Address> find_call_instruction(pid_t pid);

} // namespace outlast::adopt
