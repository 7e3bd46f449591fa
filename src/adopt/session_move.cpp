// Gives processes another controlling terminal.
#include "adopt/session_move.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/syscall.h>

namespace outlast::adopt {
namespace {

/// The kernel's struct sigaction begins with the handler; with SA_RESTORER it has 32 bytes, all
/// zero for the default action.
constexpr std::size_t action_size = 32;
constexpr std::uint64_t set_size = 8;

/// Ignoring a signal drops what is pending of it, whether it is blocked or not (POSIX, sigaction).
Result<> drop_pending(RemoteProcess& process, int signal) {
    std::string ignore(action_size, '\0');
    const std::uint64_t handler = 1; // SIG_IGN
    std::memcpy(ignore.data(), &handler, sizeof handler);
    const auto place = process.place(ignore);
    if (!place) return fail(place.error());
    const auto set = process.call("rt_sigaction", SYS_rt_sigaction,
                                  {word(signal), *place, process.room(), set_size});
    if (!set) return fail(set.error());
    const auto back =
        process.call("rt_sigaction", SYS_rt_sigaction, {word(signal), process.room(), 0, set_size});
    if (!back) return fail(back.error());
    return {};
}

bool is_ssh(const Member& member) { return member.name == "ssh"; }

} // namespace

pid_t choose_terminal_owner(const Plan& plan) {
    const Member& main = plan.main_member();
    if (!main.has_controlling || main.leads_session()) return 0;
    std::vector<const Member*> group;
    for (const Member& member : plan.members) {
        if (member.group == main.group && member.session == main.session) group.push_back(&member);
    }
    if (group.size() == 1 && main.pid != main.group) return main.pid;
    const auto pick = [&](const auto& suits) -> pid_t {
        for (const Member* member : group) {
            if (member->pid != member->group && suits(*member)) return member->pid;
        }
        return 0;
    };
    const pid_t reader = pick([](const Member& member) {
        return std::any_of(member.use.descriptors.begin(), member.use.descriptors.end(),
                           [](const auto& descriptor) { return descriptor.as_controlling; });
    });
    return reader != 0 ? reader : pick(is_ssh);
}

Result<> lead_session(RemoteProcess& process) {
    const auto done = process.call("setsid", SYS_setsid);
    if (!done) return fail(done.error());
    return {};
}

Result<> take_controlling_terminal(RemoteProcess& process, int fd) {
    const auto done = process.call("TIOCSCTTY", SYS_ioctl, {word(fd), TIOCSCTTY, 0});
    if (!done) return fail(done.error());
    return {};
}

Result<> release_controlling_terminal(RemoteProcess& leader, int fd,
                                      const std::vector<RemoteProcess*>& reached) {
    int opened = -1;
    if (fd < 0) {
        const auto place = leader.place(std::string("/dev/tty") + '\0');
        if (!place) return fail(place.error());
        const auto terminal =
            leader.call("openat /dev/tty", SYS_openat,
                        {word(AT_FDCWD), *place, word(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)});
        if (!terminal) return fail(terminal.error());
        opened = static_cast<int>(*terminal);
    }
    const auto given =
        leader.call("TIOCNOTTY", SYS_ioctl, {word(opened >= 0 ? opened : fd), TIOCNOTTY, 0});
    if (opened >= 0) static_cast<void>(leader.call("close", SYS_close, {word(opened)}));
    if (!given) return fail(given.error());
    for (RemoteProcess* process : reached) {
        for (const int signal : {SIGHUP, SIGCONT}) {
            if (auto dropped = drop_pending(*process, signal); !dropped) return dropped;
        }
    }
    return {};
}

} // namespace outlast::adopt
