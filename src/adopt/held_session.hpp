// A login session whose terminal is held from outside, without touching any of its processes.
#pragma once

#include "base/result.hpp"
#include "sys/unique_fd.hpp"

#include <cstdint>
#include <string>
#include <sys/stat.h>
#include <sys/types.h>
#include <vector>

namespace outlast::adopt {

/// What an ssh server has of a session, and we too: the master of its terminal. As long as anybody
/// holds it, the kernel hangs nobody up, whatever becomes of the server (pty(7)).
struct HeldSession {
    unsigned terminal = 0; ///< N of /dev/pts/N
    pid_t leader = 0;      ///< the login shell, or what `ssh -t HOST COMMAND` runs
    std::uint64_t leader_start = 0;
    uid_t user = 0;
    std::string command; ///< the leader's, harmless to print
    struct Server {
        pid_t pid = 0;
        sys::UniqueFd pidfd;
    };
    std::vector<Server> servers;
    sys::UniqueFd master;
    sys::UniqueFd leader_pidfd;
    struct stat node {}; ///< owner and mode of /dev/pts/N, which a server takes away when it leaves

    /// Of all that it has open.
    [[nodiscard]] std::vector<int> descriptors() const;
};

/// Whose sessions are looked for: of an ssh server (OpenSSH, dropbear), or of whoever has the
/// terminal: a terminal emulator on this machine too.
enum class Server { ssh, any };

/// Takes a copy of the descriptor that the server has. Needs the right to trace the server: root's
/// (CAP_SYS_PTRACE), since sshd keeps its descriptors from its user. Errors, all `refused`: no such
/// terminal, nobody (or one of ours) holds it, the right is missing, Linux before 5.6.
[[nodiscard]] Result<HeldSession> hold_session(unsigned terminal, Server server);

/// The terminals of all ssh sessions of this host that we may see.
[[nodiscard]] std::vector<unsigned> ssh_terminals();

/// Whether one of the servers still has the terminal.
[[nodiscard]] bool has_server(const HeldSession& session);

/// Gives /dev/pts/N back the owner and mode that it had, if they have changed: sshd leaves it open
/// to everybody (0666).
void restore_node(const HeldSession& session);

} // namespace outlast::adopt
