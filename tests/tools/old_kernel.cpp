// Runs a program as on Linux 5.4, the oldest kernel that outlast is for: what came later is not
// there (x86-64).
//
//     outlast_old_kernel COMMAND…
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr unsigned first_later_call = 436; // close_range(2), Linux 5.9; 436 and on are newer
constexpr unsigned ioctl_type_mask = 0xFF00;
constexpr unsigned pidfd_ioctl_type = 0xFF00; // PIDFD_GET_INFO and the like, Linux 6.11
constexpr unsigned ptrace_get_rseq = 0x420F;  // PTRACE_GET_RSEQ_CONFIGURATION, Linux 5.13
constexpr unsigned memfd_exec_flags = 0x0018; // MFD_NOEXEC_SEAL, MFD_EXEC, Linux 6.3
constexpr unsigned any_flag = 0xFFFF'FFFF;    // pidfds had no flags at first

sock_filter load(std::size_t offset) {
    return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offset));
}

/// The low half of an argument.
std::size_t argument(std::size_t number) {
    return offsetof(seccomp_data, args) + number * sizeof(__u64);
}

void answer(std::vector<sock_filter>& program, int error) {
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)));
}

/// What is looked at in an argument of a call, and what is not known there.
struct Later {
    unsigned call;
    std::size_t argument;
    unsigned mask;
    unsigned value; ///< 0: any but 0
    int error;
};

void refuse(std::vector<sock_filter>& program, const Later& later) {
    program.push_back(load(offsetof(seccomp_data, nr)));
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, later.call, 0, 4));
    program.push_back(load(argument(later.argument)));
    program.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, later.mask));
    const bool any = later.value == 0;
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, later.value,
                               static_cast<unsigned char>(any ? 1 : 0),
                               static_cast<unsigned char>(any ? 0 : 1)));
    answer(program, later.error);
}

bool take_later_kernels_away() {
    std::vector<sock_filter> program{
        load(offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, first_later_call, 0, 1),
    };
    answer(program, ENOSYS);
    for (const Later& later : {
             Later{SYS_ioctl, 1, ioctl_type_mask, pidfd_ioctl_type, ENOTTY},
             Later{SYS_ptrace, 0, any_flag, ptrace_get_rseq, EIO},
             Later{SYS_memfd_create, 1, memfd_exec_flags, 0, EINVAL},
             Later{SYS_pidfd_open, 1, any_flag, 0, EINVAL},
             Later{SYS_pidfd_send_signal, 3, any_flag, 0, EINVAL},
         }) {
        refuse(program, later);
    }
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    // Root may do without no_new_privs, under which nobody could sudo.
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0) return true;
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

} // namespace

int main(int count, char** words) {
    if (count < 2) {
        std::fputs("outlast_old_kernel COMMAND…\n", stderr);
        return 2;
    }
    if (!take_later_kernels_away()) {
        std::perror("outlast_old_kernel: seccomp");
        return 77; // what ctest takes for "skipped"
    }
    ::execvp(words[1], words + 1);
    std::perror(words[1]);
    return 127;
}
