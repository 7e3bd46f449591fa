// What differs from one processor to the next: registers, the system call instruction, restarts.
//
// Everything else in this layer is the same everywhere; another processor needs its part of
// machine.cpp and nothing more.
#pragma once

#include "base/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <sys/types.h>
#include <sys/user.h>

namespace outlast::adopt {

/// False where this part has not been written: nothing can be taken over then.
[[nodiscard]] bool machine_is_supported() noexcept;

/// An address in another process.
using Address = std::uint64_t;

/// A thread's general registers. Whoever handles them does not look inside.
struct Registers {
    user_regs_struct words{};
};

/// Of a thread in a ptrace stop. `refused` when it executes code for another kind of processor (a
/// 32-bit program).
[[nodiscard]] Result<Registers> read_registers(pid_t thread);
[[nodiscard]] Result<> write_registers(pid_t thread, const Registers& registers);

/// The bytes of the instruction that enters the kernel.
[[nodiscard]] std::string_view call_instruction() noexcept;

using CallArguments = std::array<std::uint64_t, 6>;

/// `registers`, changed so that the thread makes the system call `number` when it goes on; the
/// instruction lies at `instruction`.
[[nodiscard]] Registers for_call(Registers registers, Address instruction, long number,
                                 const CallArguments& arguments) noexcept;
/// What the call returned, -errno for an error; of a thread in the stop after it.
[[nodiscard]] std::int64_t call_result(const Registers& registers) noexcept;

/// The registers with which a thread goes on as if it had not been interrupted. A thread that slept
/// in a system call has left it with one of the kernel's restart codes, which the kernel itself
/// would handle on the way out, but not any more once another call was made in between: so the
/// thread is set back to just before its call. A call that the kernel never restarts but that
/// nothing except our interruption has ended (epoll_wait(2), see signal(7)) is made again too.
[[nodiscard]] Registers uninterrupted(Registers registers) noexcept;
/// Whether the kernel would not restart the call by itself, so that the thread needs
/// `uninterrupted` even when nothing else was done with it.
[[nodiscard]] bool loses_its_call(const Registers& registers) noexcept;

[[nodiscard]] Address instruction_pointer(const Registers& registers) noexcept;
void set_instruction_pointer(Registers& registers, Address address) noexcept;

} // namespace outlast::adopt
