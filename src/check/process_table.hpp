// All processes at one moment, and how they hang together: groups, sessions, terminals, pipes.
#pragma once

#include "sys/process_info.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace outlast::check {

struct OpenFile {
    int fd = -1;
    bool reads = false; ///< of pipes; true for everything else
    bool writes = false;
    std::string target; ///< as readlink(2) has it: "/dev/pts/3", "pipe:[4711]"
};

/// The master side of a pseudo terminal among somebody's descriptors.
struct TerminalMaster {
    int index = -1;           ///< N of /dev/pts/N
    std::uint64_t device = 0; ///< the devpts it is of; 0: not known, by way of /dev/ptmx
};

struct Process {
    sys::ProcessStat stat;
    sys::ProcessStatus status;
    std::uint64_t blocked = 0;          ///< the signals that all of its threads block
    std::vector<std::string> arguments; ///< empty for kernel threads and zombies
    std::string program;                ///< path of the executable file; empty when not readable
    std::string directory;              ///< its working directory; empty when not readable
    std::string cgroup;                 ///< /proc/PID/cgroup as it is; empty when not readable
    bool files_known = false;           ///< false: its descriptors are not ours to see
    std::vector<OpenFile> files;        ///< at most `most_files` of them
    std::vector<TerminalMaster> masters;
    std::uint64_t devpts = 0; ///< the file system of the /dev/pts it has open; 0: not known

    [[nodiscard]] pid_t pid() const noexcept { return stat.pid; }
    [[nodiscard]] const OpenFile* file(int fd) const;
    /// One line, harmless to print: its arguments, or [name].
    [[nodiscard]] std::string command() const;
    /// "rsync (PID 4312)", harmless to print.
    [[nodiscard]] std::string label() const;
};

/// A snapshot, without the kernel's own threads. Reading /proc takes a while, so processes that
/// came or went meanwhile may be missing or half known; every consumer copes with a parent, a
/// leader or a holder that is not there.
class ProcessTable {
public:
    static constexpr std::size_t most_processes = 65536;
    static constexpr std::size_t most_files = 4096; ///< of one process

    /// This pid namespace's processes, as far as we may see them.
    [[nodiscard]] static ProcessTable read();
    /// Exactly these, for tests.
    explicit ProcessTable(std::vector<Process> processes);

    [[nodiscard]] const std::map<pid_t, Process>& all() const noexcept { return m_processes; }
    [[nodiscard]] const Process* find(pid_t pid) const;
    /// Living members of a process group.
    [[nodiscard]] std::vector<const Process*> group(pid_t group) const;
    /// The processes that hold the master side of /dev/pts/`index`, without those that hold one of
    /// that number in another devpts (a container's) than `devpts`, 0 when not known.
    [[nodiscard]] std::vector<const Process*> holders(int index, std::uint64_t devpts) const;
    /// The processes that have the pipe or socket `target` open for reading (or writing).
    [[nodiscard]] std::vector<const Process*> readers(const std::string& target) const;
    [[nodiscard]] std::vector<const Process*> writers(const std::string& target) const;
    /// How many processes hide their descriptors from us.
    [[nodiscard]] std::size_t unseen() const noexcept { return m_unseen; }
    /// True when there were more processes than `most_processes`.
    [[nodiscard]] bool truncated() const noexcept { return m_truncated; }

private:
    ProcessTable() = default;
    void add(Process process);
    [[nodiscard]] std::vector<const Process*> ends_of(const std::string& target,
                                                      bool OpenFile::*way) const;

    std::map<pid_t, Process> m_processes;
    std::multimap<pid_t, pid_t> m_groups;
    std::multimap<int, pid_t> m_masters;
    std::multimap<std::string, pid_t> m_ends; ///< of pipes and sockets
    std::size_t m_unseen = 0;
    bool m_truncated = false;
};

/// N of a device number of /dev/pts/N, as stat(5) has it; nothing for other terminals.
[[nodiscard]] std::optional<int> pts_index(int terminal) noexcept;
/// The device number of /dev/pts/N.
[[nodiscard]] int pts_device(int index) noexcept;
/// "pts/3", "tty1", "a terminal".
[[nodiscard]] std::string terminal_name(int terminal);

} // namespace outlast::check
