// The shell that waits for a job which is taken away from it.
#include "adopt/old_shell.hpp"

#include "sys/process_info.hpp"

#include <ctime>

namespace outlast::adopt {

std::vector<pid_t> awaited_by_shell(const Plan& plan) {
    std::vector<pid_t> awaited;
    const Member& main = plan.main_member();
    if (!plan.foreground || main.leads_session()) return awaited;
    const auto shell = sys::read_process_stat(main.parent);
    // Only a parent in the same session but in another group does job control.
    if (!shell || shell->session != main.session || shell->group == main.group) return awaited;
    for (const Member& member : plan.members) {
        if (member.group == main.group && member.parent == shell->pid)
            awaited.push_back(member.pid);
    }
    return awaited;
}

bool await_terminal_back(pid_t shell, const Deadline& deadline) {
    while (true) {
        const auto stat = sys::read_process_stat(shell);
        if (!stat || stat->terminal == 0 || stat->foreground_group == stat->group) return true;
        if (deadline.left() == 0) return false;
        const timespec pause{0, 200'000};
        ::nanosleep(&pause, nullptr);
    }
}

} // namespace outlast::adopt
