// A sandbox made of no_new_privs, capabilities, landlock and seccomp.
#include "sys/sandbox.hpp"

#include "sys/capabilities.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace outlast::sys {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_X86_64;
constexpr std::uint32_t first_foreign_call = 0x40000000; // the x32 ABI
#elif defined(__aarch64__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_AARCH64;
constexpr std::uint32_t first_foreign_call = 0xFFFFFFFF;
#else
#error "tell this file the architecture's number in seccomp_data"
#endif

/// What a process needs that reads files, writes some in one directory, waits and talks over
/// connections it has already. fstat(3) is newfstatat(2) in the C library.
constexpr std::uint32_t allowed_calls[] = {
    // Descriptors.
    SYS_read,
    SYS_write,
    SYS_writev,
    SYS_pread64,
    SYS_pwrite64,
    SYS_lseek,
    SYS_close,
    SYS_fcntl,
    SYS_fstat,
    SYS_newfstatat,
    SYS_fstatfs,
    SYS_ftruncate,
    // Files: landlock says where.
    SYS_openat,
    SYS_renameat,
    SYS_renameat2,
    SYS_unlinkat,
    SYS_fchmod,
    SYS_fsync,
    SYS_fdatasync,
    // Connections that are open.
    SYS_sendto,
    SYS_sendmsg,
    SYS_recvfrom,
    SYS_recvmsg,
    // Waiting and time.
    SYS_ppoll,
    SYS_restart_syscall,
    SYS_clock_gettime,
    SYS_futex,
    // Memory.
    SYS_mmap,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_mprotect,
    SYS_brk,
    SYS_getrandom,
    // Itself.
    SYS_getpid,
    SYS_gettid,
    SYS_geteuid,
    SYS_rt_sigprocmask,
    SYS_sigaltstack, // the address sanitizer takes its own away at the end
    SYS_rt_sigreturn,
    SYS_exit,
    SYS_exit_group,
#if defined(__x86_64__)
    SYS_poll,
    SYS_rename,
    SYS_unlink,
#endif
};
constexpr std::size_t allowed_count = sizeof allowed_calls / sizeof *allowed_calls;

constexpr sock_filter statement(unsigned code, std::uint32_t value) {
    return {static_cast<std::uint16_t>(code), 0, 0, value};
}

constexpr sock_filter jump_if(unsigned comparison, std::uint32_t value, std::uint8_t yes,
                              std::uint8_t no) {
    return {static_cast<std::uint16_t>(BPF_JMP | comparison | BPF_K), yes, no, value};
}

constexpr std::uint32_t refusal = SECCOMP_RET_ERRNO | 1; // EPERM
constexpr std::size_t before_calls = 5;
constexpr std::size_t program_size = before_calls + allowed_count + 2;
static_assert(program_size < 256, "jumps are eight bits wide");

/// Load the architecture, then the call's number; compare it with each allowed one; refuse, allow.
constexpr std::array<sock_filter, program_size> make_program() {
    std::array<sock_filter, program_size> program{};
    program[0] = statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch));
    program[1] = jump_if(BPF_JEQ, own_architecture, 1, 0);
    program[2] = statement(BPF_RET | BPF_K, refusal);
    program[3] = statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
    program[4] = jump_if(BPF_JGE, first_foreign_call, allowed_count, 0);
    for (std::size_t i = 0; i < allowed_count; ++i) {
        const auto to_allowed = static_cast<std::uint8_t>(allowed_count - i);
        program[before_calls + i] = jump_if(BPF_JEQ, allowed_calls[i], to_allowed, 0);
    }
    program[program_size - 2] = statement(BPF_RET | BPF_K, refusal);
    program[program_size - 1] = statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    return program;
}

bool filter_calls() noexcept {
    static constexpr auto program = make_program();
    const sock_fprog filter{program.size(), const_cast<sock_filter*>(program.data())};
    return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
}

constexpr std::uint64_t file_rights =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
    LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
    LANDLOCK_ACCESS_FS_MAKE_SYM; // the first version's: every kernel with landlock knows them

bool confine_files(int folder) noexcept {
    const landlock_ruleset_attr rules{file_rights};
    const long made = ::syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
    if (made < 0) return false;
    const int set = static_cast<int>(made);
    const landlock_path_beneath_attr beneath{
        LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
            LANDLOCK_ACCESS_FS_REMOVE_FILE,
        folder};
    const bool done =
        ::syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0 &&
        ::syscall(SYS_landlock_restrict_self, set, 0) == 0;
    ::close(set);
    return done;
}

} // namespace

Sandbox enter_sandbox(int folder) noexcept {
    Sandbox sandbox;
    sandbox.no_new_privileges = ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    if (!sandbox.no_new_privileges) return sandbox; // the other two need it
    sandbox.confines_files = confine_files(folder);
    (void)keep_capabilities(0);
    sandbox.filters_calls = filter_calls();
    return sandbox;
}

} // namespace outlast::sys
