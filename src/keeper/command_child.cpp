// The forked child that becomes the job's command.
#include "keeper/command_child.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace outlast::keeper {
namespace {

using twin::StartReport;
using twin::StartStage;

constexpr int lock_number = 200; ///< out of the way of shells' own descriptors (10 and up, 255)

[[noreturn]] void give_up(const ChildPlan& plan, StartStage stage) noexcept {
    const StartReport report{stage, errno, 0};
    (void)!::write(plan.failure, &report, sizeof report);
    ::_exit(127);
}

void set_up_standard_descriptors(const ChildPlan& plan) noexcept {
    if (plan.terminal >= 0) {
        if (::ioctl(plan.terminal, TIOCSCTTY, 0) != 0) give_up(plan, StartStage::session);
        for (int fd = 0; fd <= 2; ++fd) {
            if (::dup2(plan.terminal, fd) < 0) give_up(plan, StartStage::descriptors);
        }
        return;
    }
    const bool done =
        ::dup2(plan.input, 0) >= 0 && ::dup2(plan.output, 1) >= 0 && ::dup2(plan.error, 2) >= 0;
    if (!done) give_up(plan, StartStage::descriptors);
}

void inherit_lock(const ChildPlan& plan) noexcept {
    // F_DUPFD makes a descriptor that stays open across exec. A small RLIMIT_NOFILE allows no high
    // number.
    if (::fcntl(plan.lock, F_DUPFD, lock_number) < 0 && errno == EINVAL)
        ::fcntl(plan.lock, F_DUPFD, 3);
}

} // namespace

ChildPlan plan_child(twin::Launch& launch) {
    ChildPlan plan;
    plan.program = launch.program.c_str();
    static std::string shell = "sh";
    plan.by_shell.push_back(shell.data());
    plan.by_shell.push_back(launch.program.data());
    for (std::size_t i = 0; i < launch.arguments.size(); ++i) {
        plan.arguments.push_back(launch.arguments[i].data());
        if (i > 0) plan.by_shell.push_back(launch.arguments[i].data());
    }
    for (std::string& entry : launch.environment) plan.environment.push_back(entry.data());
    plan.arguments.push_back(nullptr);
    plan.by_shell.push_back(nullptr);
    plan.environment.push_back(nullptr);
    plan.signal_mask = launch.signal_mask;
    plan.input = launch.input;
    return plan;
}

void run_child(const ChildPlan& plan) noexcept {
    if (::setsid() < 0) give_up(plan, StartStage::session);
    set_up_standard_descriptors(plan);
    inherit_lock(plan);
    char byte = 0;
    while (::read(plan.go, &byte, 1) < 0 && errno == EINTR) {
    }
    ::sigprocmask(SIG_SETMASK, &plan.signal_mask, nullptr);
    ::execve(plan.program, plan.arguments.data(), plan.environment.data());
    if (errno == ENOEXEC) {
        ::execve("/bin/sh", plan.by_shell.data(), plan.environment.data());
        errno = ENOEXEC;
    }
    give_up(plan, StartStage::exec);
}

} // namespace outlast::keeper
