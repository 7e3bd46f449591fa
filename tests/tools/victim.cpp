// A program to be taken over, linked statically: it writes numbered lines to its terminal.
//
//     outlast_victim lines       nothing else
//     outlast_victim strict      with a seccomp filter that kills it for any call it does not make
//     outlast_victim filtered COMMAND…   not itself: COMMAND, with a filter that forbids a call or
//     two outlast_victim asleep      in a sleep that nothing interrupts (vfork(2), state D)
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

#define OUTLAST_ALLOW(number)                                                                      \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

bool filter_calls() {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        OUTLAST_ALLOW(SYS_write),
        OUTLAST_ALLOW(SYS_clock_nanosleep),
        OUTLAST_ALLOW(SYS_nanosleep),
        OUTLAST_ALLOW(SYS_restart_syscall),
        OUTLAST_ALLOW(SYS_exit_group),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    const sock_fprog filter{sizeof program / sizeof program[0], program};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/// As containers have it: what is forbidden fails, and nobody is killed.
bool forbid_calls() {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kcmp, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog filter{sizeof program / sizeof program[0], program};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

void write_lines() {
    for (unsigned n = 0;; ++n) {
        char line[32];
        const int length = std::snprintf(line, sizeof line, "line %u\n", n);
        if (::write(STDOUT_FILENO, line, static_cast<std::size_t>(length)) < 0) return;
        const timespec pause{0, 5'000'000};
        ::nanosleep(&pause, nullptr);
    }
}

} // namespace

int main(int count, char** words) {
    const std::string_view mode = count >= 2 ? words[1] : "";
    if (mode == "filtered" && count >= 3) {
        if (forbid_calls()) ::execvp(words[2], words + 2);
        return 2;
    }
    if (mode == "strict" && !filter_calls()) return 2;
    if (mode == "asleep") {
        // The parent sleeps until the child has ended or executed something.
        if (::vfork() == 0) ::pause();
        ::_exit(0);
    }
    write_lines();
    return 74;
}
