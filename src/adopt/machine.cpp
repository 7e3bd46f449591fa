// What differs from one processor to the next: registers, the system call instruction, restarts.
#include "adopt/machine.hpp"

#include <cerrno>
#include <elf.h>
#include <string>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>

namespace outlast::adopt {

#if defined(__x86_64__)

namespace {

// include/linux/errno.h: codes that a program never sees.
constexpr std::int64_t erestartsys = -512;
constexpr std::int64_t erestartnointr = -513;
constexpr std::int64_t erestartnohand = -514;
constexpr std::int64_t erestart_restartblock = -516;
constexpr std::uint64_t instruction_size = 2;
constexpr std::uint64_t code_segment_64_bit = 0x33;
constexpr std::uint64_t no_call = ~std::uint64_t{0};

std::int64_t as_signed(std::uint64_t word) noexcept { return static_cast<std::int64_t>(word); }

/// Whether the thread is on its way out of a system call, and not of an interrupt (which leaves a
/// negative number there).
bool was_in_call(const user_regs_struct& words) noexcept { return as_signed(words.orig_rax) >= 0; }

/// Calls that return EINTR after a stop even when no handler ran (signal(7)).
bool ends_at_a_stop(std::uint64_t number) noexcept {
    switch (number) {
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
    case 441: // epoll_pwait2, Linux 5.11
    case SYS_semop:
    case SYS_semtimedop:
    case SYS_rt_sigtimedwait: return true;
    default: return false;
    }
}

} // namespace

bool machine_is_supported() noexcept { return true; }

Result<Registers> read_registers(pid_t thread) {
    Registers registers;
    iovec place{&registers.words, sizeof registers.words};
    if (::ptrace(PTRACE_GETREGSET, thread, NT_PRSTATUS, &place) != 0)
        return fail_errno("read registers");
    if (place.iov_len != sizeof registers.words || registers.words.cs != code_segment_64_bit)
        return fail(Errc::refused, "process " + std::to_string(thread), "it is a 32-bit program");
    return registers;
}

Result<> write_registers(pid_t thread, const Registers& registers) {
    Registers copy = registers;
    iovec place{&copy.words, sizeof copy.words};
    if (::ptrace(PTRACE_SETREGSET, thread, NT_PRSTATUS, &place) != 0)
        return fail_errno("write registers");
    return {};
}

std::string_view call_instruction() noexcept { return "\x0f\x05"; }

Registers for_call(Registers registers, Address instruction, long number,
                   const CallArguments& arguments) noexcept {
    user_regs_struct& words = registers.words;
    words.rip = instruction;
    words.rax = static_cast<std::uint64_t>(number);
    words.orig_rax = no_call;
    words.rdi = arguments[0];
    words.rsi = arguments[1];
    words.rdx = arguments[2];
    words.r10 = arguments[3];
    words.r8 = arguments[4];
    words.r9 = arguments[5];
    return registers;
}

std::int64_t call_result(const Registers& registers) noexcept {
    return as_signed(registers.words.rax);
}

Registers uninterrupted(Registers registers) noexcept {
    user_regs_struct& words = registers.words;
    if (!was_in_call(words)) return registers;
    switch (as_signed(words.rax)) {
    case erestartsys:
    case erestartnointr:
    case erestartnohand: words.rax = words.orig_rax; break;
    case erestart_restartblock: words.rax = SYS_restart_syscall; break;
    default:
        if (!loses_its_call(registers)) return registers;
        words.rax = words.orig_rax;
    }
    words.rip -= instruction_size;
    words.orig_rax = no_call;
    return registers;
}

bool loses_its_call(const Registers& registers) noexcept {
    return was_in_call(registers.words) && as_signed(registers.words.rax) == -EINTR &&
           ends_at_a_stop(registers.words.orig_rax);
}

Address instruction_pointer(const Registers& registers) noexcept { return registers.words.rip; }

void set_instruction_pointer(Registers& registers, Address address) noexcept {
    registers.words.rip = address;
}

#else

bool machine_is_supported() noexcept { return false; }

Result<Registers> read_registers(pid_t) {
    return fail(Errc::refused, "read registers", "taking over is not written for this processor");
}
Result<> write_registers(pid_t, const Registers&) {
    return fail(Errc::refused, "write registers", "taking over is not written for this processor");
}
std::string_view call_instruction() noexcept { return {}; }
Registers for_call(Registers registers, Address, long, const CallArguments&) noexcept {
    return registers;
}
std::int64_t call_result(const Registers&) noexcept { return -ENOSYS; }
Registers uninterrupted(Registers registers) noexcept { return registers; }
bool loses_its_call(const Registers&) noexcept { return false; }
Address instruction_pointer(const Registers&) noexcept { return 0; }
void set_instruction_pointer(Registers&, Address) noexcept {}

#endif

} // namespace outlast::adopt
