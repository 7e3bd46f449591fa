// One process that is to be taken over: what it has, or why it cannot be.
#include "adopt/member.hpp"

#include "adopt/call_filter.hpp"
#include "adopt/machine.hpp"
#include "adopt/process_status.hpp"
#include "base/text.hpp"
#include "sys/capabilities.hpp"
#include "sys/file.hpp"
#include "sys/process_info.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <elf.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

namespace outlast::adopt {
namespace {

std::uint64_t number(std::string_view text, int base = 10) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, base);
    return value;
}

bool may_suspend_filters() { return sys::has_capability(CAP_SYS_ADMIN); }

bool is_kernel_thread(pid_t pid) {
    const auto stat = sys::read_process_stat(pid);
    return stat && stat->kernel_thread;
}

/// Gone, a zombie, or on the way there: it has no program any more, and may not be traced.
bool has_ended(pid_t pid) {
    const auto stat = sys::read_process_stat(pid);
    return !stat || stat->state == 'Z' || stat->state == 'X' || stat->exiting;
}

bool is_32_bit(pid_t pid) {
    const auto program = sys::open_at(AT_FDCWD, "/proc/" + std::to_string(pid) + "/exe", O_RDONLY);
    if (!program) return false;
    std::array<char, EI_NIDENT> head{};
    const auto count = sys::read_at(program->get(), head.data(), head.size(), 0);
    return count && *count == head.size() && head[EI_CLASS] == ELFCLASS32;
}

std::string describe(pid_t pid) {
    const auto stat = sys::read_process_stat(pid);
    return (stat ? printable_line(stat->name) : std::string("a process")) + " (PID " +
           std::to_string(pid) + ")";
}

/// Who it is not to be taken from: another user, another tracer, the kernel.
std::string why_not_ours(pid_t pid, std::string_view status) {
    if (pid == 1) return "it is the first process of this system";
    if (is_kernel_thread(pid)) return "it is a part of the kernel";
    const uid_t us = ::geteuid();
    const std::string_view uids = status_field(status, "Uid");
    if (us != 0) {
        for (const std::string_view uid : split(uids, '\t')) {
            if (number(uid) == us) continue;
            const bool set = number(split(uids, '\t')[0]) == us;
            return set ? "it runs with the rights of uid " + std::string(uid) + " (setuid)"
                       : "it belongs to another user (uid " + std::string(uid) + ")";
        }
    }
    if (const auto tracer = static_cast<pid_t>(number(status_field(status, "TracerPid")));
        tracer != 0) {
        return "it is traced already, by " + describe(tracer);
    }
    return {};
}

std::string why_not_traceable() {
    const auto yama = sys::read_file("/proc/sys/kernel/yama/ptrace_scope", 16);
    const std::string scope = yama ? std::string(trim(*yama)) : "0";
    if (scope == "1") {
        return "this system lets a process be traced by its ancestors only "
               "(kernel.yama.ptrace_scope=1)";
    }
    if (scope != "0") {
        return "this system does not let users trace processes (kernel.yama.ptrace_scope=" + scope +
               ")";
    }
    return "the kernel does not let us trace it: it has protected itself, or has rights that we "
           "lack, or this container forbids tracing";
}

/// Whether we may trace it, by doing so from a child that ends at once. Seizing stops nothing, and
/// the kernel lets go when the child ends.
bool may_trace(pid_t pid) {
    const pid_t child = ::fork();
    if (child < 0) return true; // the real attempt will tell
    if (child == 0) ::_exit(::ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) == 0 ? 0 : 1);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::string tracer_fix(pid_t pid) {
    const std::string number = std::to_string(pid);
    return "end that tracer, then: outlast adopt " + number +
           "; or, to keep its exit status: outlast adopt --watch " + number;
}

/// Empty when nothing is in the way.
Obstacle find_obstacle(const Member& member, std::string_view status, Probe probe) {
    Obstacle obstacle{member.pid, member.name, {}, {}};
    if (!machine_is_supported()) {
        obstacle.why = "taking over is not written for this processor yet";
        obstacle.fix = "run it anew: outlast run …";
        return obstacle;
    }
    obstacle.why = why_not_ours(member.pid, status);
    if (!obstacle.why.empty()) {
        if (number(status_field(status, "TracerPid")) != 0) obstacle.fix = tracer_fix(member.pid);
        else if (!is_kernel_thread(member.pid) && member.pid != 1)
            obstacle.fix = ways_without_tracing(member.pid);
        return obstacle;
    }
    if (is_32_bit(member.pid)) {
        obstacle.why = "it is a 32-bit program";
        obstacle.fix = ways_for_ones_own(member.pid);
    } else if (number(status_field(status, "Seccomp")) != 0 && !may_suspend_filters() &&
               !filter_is_harmless(status)) {
        obstacle.why = "it has a filter of system calls (seccomp), which might kill it";
        obstacle.fix = ways_for_ones_own(member.pid);
    } else if (probe == Probe::by_tracing && !may_trace(member.pid)) {
        obstacle.why = why_not_traceable();
        obstacle.fix = ways_for_ones_own(member.pid);
    }
    return obstacle;
}

} // namespace

std::string ways_without_tracing(pid_t pid) {
    // With the capability it is sudo already (cli/adopt_for_user.hpp).
    const bool by_root = ::geteuid() == 0 || sys::has_capability(CAP_SYS_PTRACE);
    const std::string sudo =
        by_root ? ""
                : "sudo outlast adopt " + std::to_string(pid) + " (the job is its user's); or ";
    return sudo + "in its own shell: Ctrl-Z, bg, disown -h";
}

std::string ways_for_ones_own(pid_t pid) {
    return ways_without_tracing(pid) + "; or, to keep its exit status: outlast adopt --watch " +
           std::to_string(pid);
}

tl::expected<Member, Obstacle> look_at(pid_t pid, dev_t device, Probe probe) {
    const auto stat = sys::read_process_stat(pid);
    if (!stat || stat->state == 'Z' || stat->state == 'X')
        return tl::unexpected(Obstacle{pid, stat ? stat->name : "", "it has ended", {}});
    Member member;
    member.pid = pid;
    member.start_ticks = stat->start_ticks;
    member.name = stat->name;
    member.parent = stat->parent;
    member.group = stat->group;
    member.session = stat->session;
    member.stopped = stat->state == 'T';
    member.has_controlling = device != 0 && terminal_device(stat->terminal) == device;
    const std::string status = read_status(pid);
    Obstacle obstacle = find_obstacle(member, status, probe);
    if (!obstacle.why.empty()) {
        // One that is just ending looks like one that is not ours.
        if (has_ended(pid)) obstacle = {pid, member.name, "it has ended", {}};
        return tl::unexpected(std::move(obstacle));
    }
    if (number(status_field(status, "Seccomp")) != 0 && may_suspend_filters())
        member.filter = Filter::suspended;
    const std::uint64_t caught = number(status_field(status, "SigCgt"), 16);
    member.catches_resize = ((caught >> (SIGWINCH - 1)) & 1) != 0;
    if (device != 0) {
        auto use = read_terminal_use(pid, device, member.has_controlling);
        const bool ended = !use && (use.error().is_errno(ENOENT) || use.error().is_errno(ESRCH));
        if (ended) return tl::unexpected(Obstacle{pid, member.name, "it has ended", {}});
        if (!use) {
            return tl::unexpected(Obstacle{pid, member.name, "its open files cannot be looked at",
                                           ways_without_tracing(pid)});
        }
        member.use = std::move(*use);
    }
    return member;
}

} // namespace outlast::adopt
