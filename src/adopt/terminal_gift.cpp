// Gives adopted processes a controlling terminal.
#include "adopt/terminal_gift.hpp"

#include "adopt/fault.hpp"
#include "adopt/freeze.hpp"
#include "adopt/member.hpp"
#include "adopt/new_terminal.hpp"
#include "adopt/session_move.hpp"
#include "adopt/stop.hpp"
#include "sys/process_info.hpp"

#include <algorithm>
#include <sys/stat.h>

namespace outlast::adopt {
namespace {

/// Whether the session's leader still runs. Its pid stays taken as long as the session has members,
/// so it cannot be another process.
bool leader_lives(pid_t session) {
    const auto leader = sys::read_process_stat(session);
    return leader && leader->state != 'Z' && leader->state != 'X' && leader->session == session;
}

/// 0: it may lead a session; else why it may not, in words.
std::string why_not(const sys::ProcessStat& process) {
    if (process.terminal != 0) return "it still has its old terminal";
    if (process.pid == process.session) return {};
    if (process.session != 0 && leader_lives(process.session))
        return "the shell that started it still runs";
    for (const pid_t pid : sys::all_pids()) {
        const auto other = sys::read_process_stat(pid);
        if (other && other->group == process.pid) return "it leads a process group";
    }
    return {};
}

Result<> give_to(pid_t pid, const NewTerminal& terminal) {
    const auto member = look_at(pid, 0, Probe::by_facts);
    if (!member) return fail(obstacle_error({member.error()}));
    auto frozen = FrozenProcess::seize(pid, member->filter);
    if (!frozen) return fail(frozen.error());
    const auto alive = frozen->await(Deadline(longest_standstill));
    if (!alive) return fail(alive.error());
    if (!*alive) return fail(Errc::already_ended, "process " + std::to_string(pid) + " has ended");
    auto remote = RemoteProcess::begin(*frozen, member->filter);
    if (!remote) return fail(remote.error());
    DescriptorMove descriptors(*remote);
    Journal journal;
    const auto fd = descriptors.opened(terminal, journal);
    if (!fd) return fail(fd.error());
    auto done = member->leads_session() ? Result<>() : lead_session(*remote);
    if (done) done = take_controlling_terminal(*remote, *fd);
    descriptors.finish();
    return done;
}

} // namespace

Result<pid_t> give_terminal(pid_t main, const std::vector<pid_t>& members,
                            const std::string& terminal) {
    const auto opened = NewTerminal::open(terminal);
    if (!opened) return fail(opened.error());
    std::vector<pid_t> order = members;
    std::stable_partition(order.begin(), order.end(), [main](pid_t pid) { return pid == main; });
    for (const pid_t pid : order) {
        const auto stat = sys::read_process_stat(pid);
        if (stat && stat->terminal != 0 && terminal_device(stat->terminal) == opened->device())
            return pid;
    }
    const SignalsHeld held;
    Result<pid_t> given = fail(Errc::refused, "give it the terminal", "it has no process left");
    for (const pid_t pid : order) {
        const auto stat = sys::read_process_stat(pid);
        if (!stat || stat->state == 'Z' || stat->state == 'X') continue;
        if (std::string why = why_not(*stat); !why.empty()) {
            given = fail(Errc::refused, "give it the terminal", std::move(why));
            continue;
        }
        if (auto done = give_to(pid, *opened); !done) given = fail(done.error());
        else return pid;
    }
    return given;
}

} // namespace outlast::adopt
