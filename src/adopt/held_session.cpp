// A login session whose terminal is held from outside.
#include "adopt/held_session.hpp"

#include "base/text.hpp"
#include "job/spec.hpp"
#include "sys/file.hpp"
#include "sys/pidfd.hpp"
#include "sys/process_info.hpp"
#include "sys/pty.hpp"
#include "sys/pty_master.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <set>
#include <string_view>
#include <unistd.h>

namespace outlast::adopt {
namespace {

/// sshd has a program of its own for sessions from OpenSSH 9.8 on.
constexpr std::array<std::string_view, 3> ssh_servers{"sshd", "sshd-session", "dropbear"};

bool is_ssh_server(std::string_view name) {
    return std::find(ssh_servers.begin(), ssh_servers.end(), name) != ssh_servers.end();
}

struct Holder {
    pid_t pid = 0;
    int fd = -1;
    std::string name;
};

std::vector<Holder> holders_of(unsigned terminal, Server server) {
    std::vector<Holder> holders;
    for (const pid_t pid : sys::all_pids()) {
        if (pid == ::getpid()) continue;
        const auto stat = sys::read_process_stat(pid);
        if (!stat) continue;
        const bool ours = stat->name.starts_with("outlast");
        if (server == Server::ssh && !ours && !is_ssh_server(stat->name)) continue;
        for (const sys::PtyMaster& master : sys::pty_masters_of(pid)) {
            if (master.index == terminal) holders.push_back({pid, master.fd, stat->name});
        }
    }
    // What is ours already must be found first.
    std::stable_partition(holders.begin(), holders.end(),
                          [](const Holder& each) { return each.name.starts_with("outlast"); });
    return holders;
}

std::string terminal_path(unsigned terminal) { return "/dev/pts/" + std::to_string(terminal); }

Error not_allowed(unsigned terminal, const Holder& holder, const Error& error) {
    const std::string what = "the session on " + terminal_path(terminal) + " cannot be held";
    if (error.is_errno(ENOSYS))
        return make_error(Errc::refused, what, "pidfd_getfd(2) is not there before Linux 5.6", {});
    return make_error(Errc::refused, what,
                      "its terminal belongs to " + printable_line(holder.name) + " (PID " +
                          std::to_string(holder.pid) + "), and only root may share it",
                      "sudo outlast adopt --session pts/" + std::to_string(terminal));
}

/// The descriptor is of another terminal of that number when it is in another devpts: a
/// container's.
Result<sys::UniqueFd> copy_master(unsigned terminal, const Holder& holder, struct stat& node) {
    const auto pidfd = sys::open_pidfd(holder.pid);
    if (!pidfd) return fail(pidfd.error());
    auto master = sys::duplicate_from(pidfd->get(), holder.fd);
    if (!master) return fail(not_allowed(terminal, holder, master.error()));
    struct stat named {};
    const auto slave = sys::open_slave(master->get());
    if (!slave || ::fstat(slave->get(), &node) != 0) return fail_errno(terminal_path(terminal));
    const bool same = ::stat(terminal_path(terminal).c_str(), &named) == 0 &&
                      named.st_dev == node.st_dev && named.st_ino == node.st_ino;
    if (!same) return fail_errno(ENXIO, terminal_path(terminal));
    return std::move(*master);
}

Result<> describe_leader(HeldSession& session) {
    session.leader = sys::session_of_terminal(session.master.get()).value_or(0);
    const std::string where = terminal_path(session.terminal);
    auto pidfd = session.leader > 0 ? sys::open_pidfd(session.leader) : fail_errno(ESRCH, where);
    const auto stat = sys::read_process_stat(session.leader);
    const auto uids = sys::read_uids(session.leader);
    if (!pidfd || !stat || !uids)
        return fail(Errc::refused, "no session has " + where, "its shell has ended", {});
    session.leader_pidfd = std::move(*pidfd);
    session.leader_start = stat->start_ticks;
    session.user = uids->real;
    session.command = job::command_line(sys::read_command_line(session.leader), 80);
    return {};
}

/// One that has gone meanwhile holds nothing any more.
void pin_servers(HeldSession& session, const std::vector<Holder>& holders) {
    std::set<pid_t> pids;
    for (const Holder& each : holders) pids.insert(each.pid);
    for (const pid_t pid : pids) {
        if (auto pidfd = sys::open_pidfd(pid)) session.servers.push_back({pid, std::move(*pidfd)});
    }
}

} // namespace

std::vector<int> HeldSession::descriptors() const {
    std::vector<int> all{master.get(), leader_pidfd.get()};
    for (const Server& each : servers) all.push_back(each.pidfd.get());
    return all;
}

Result<HeldSession> hold_session(unsigned terminal, Server server) {
    const std::string where = terminal_path(terminal);
    if (!sys::exists(where)) {
        return fail(Errc::refused, "there is no terminal " + where, {},
                    "tty, typed in the session, tells its name; who lists them");
    }
    const auto holders = holders_of(terminal, server);
    Error last = make_error(Errc::refused, "nobody is seen to hold the other end of " + where,
                            "only root sees all processes",
                            "sudo outlast adopt --session pts/" + std::to_string(terminal));
    for (const Holder& holder : holders) {
        HeldSession session;
        session.terminal = terminal;
        auto master = copy_master(terminal, holder, session.node);
        if (!master) {
            last = master.error();
            continue;
        }
        if (holder.name.starts_with("outlast")) {
            return fail(Errc::refused, where + " is outlast's already",
                        "PID " + std::to_string(holder.pid) + " holds it", "outlast ls");
        }
        session.master = std::move(*master);
        if (auto done = describe_leader(session); !done) return fail(done.error());
        pin_servers(session, holders);
        return session;
    }
    return fail(last);
}

std::vector<unsigned> ssh_terminals() {
    std::set<unsigned> terminals;
    for (const pid_t pid : sys::all_pids()) {
        const auto stat = sys::read_process_stat(pid);
        if (!stat || !is_ssh_server(stat->name)) continue;
        for (const sys::PtyMaster& master : sys::pty_masters_of(pid))
            terminals.insert(master.index);
    }
    return {terminals.begin(), terminals.end()};
}

bool has_server(const HeldSession& session) {
    return std::any_of(session.servers.begin(), session.servers.end(), [&](const auto& server) {
        if (sys::has_ended(server.pidfd.get())) return false;
        const auto masters = sys::pty_masters_of(server.pid);
        return std::any_of(masters.begin(), masters.end(), [&](const sys::PtyMaster& master) {
            return master.index == session.terminal;
        });
    });
}

void restore_node(const HeldSession& session) {
    const auto slave = sys::open_slave(session.master.get());
    struct stat now {};
    if (!slave || ::fstat(slave->get(), &now) != 0) return;
    // The mode first: nobody else gets in between, also when the owner cannot be changed.
    const mode_t mode = session.node.st_mode & 07777;
    if ((now.st_mode & 07777) != mode) (void)::fchmod(slave->get(), mode);
    const bool same = now.st_uid == session.node.st_uid && now.st_gid == session.node.st_gid;
    if (!same) (void)!::fchown(slave->get(), session.node.st_uid, session.node.st_gid);
}

} // namespace outlast::adopt
