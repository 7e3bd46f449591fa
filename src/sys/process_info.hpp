// What /proc tells of a process (proc(5)), and of this machine's boot.
#pragma once

#include "base/duration.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace outlast::sys {

/// Fields of /proc/PID/stat. `start_ticks` (clock ticks since boot) and the boot id together name a
/// process for ever; a pid alone does not.
struct ProcessStat {
    pid_t pid = 0;
    char state = '?';
    pid_t parent = 0;
    pid_t group = 0;
    pid_t session = 0;
    int terminal = 0; ///< device number of the controlling terminal, 0 without one
    pid_t foreground_group = 0;
    bool kernel_thread = false; ///< PF_KTHREAD
    bool exiting = false;       ///< PF_EXITING: it runs no program any more
    std::uint64_t user_ticks = 0;
    std::uint64_t system_ticks = 0;
    std::uint64_t start_ticks = 0;
    std::uint64_t resident_pages = 0;
    int exit_code = 0; ///< as wait(2) has it; 0 also when we may not read it
    std::string name;
};

[[nodiscard]] std::optional<ProcessStat> read_process_stat(pid_t pid);

/// Signal sets of /proc/PID/status, as bit masks (bit N-1 is signal N).
struct SignalSets {
    std::uint64_t ignored = 0;
    std::uint64_t caught = 0;
    std::uint64_t blocked = 0;
};
[[nodiscard]] std::optional<SignalSets> read_signal_sets(pid_t pid);

/// Real, effective, saved uid.
struct Uids {
    uid_t real = 0, effective = 0, saved = 0;
};
[[nodiscard]] std::optional<Uids> read_uids(pid_t pid);

/// What /proc/PID/status tells beyond the above, read at once.
struct ProcessStatus {
    Uids uids;
    SignalSets signals; ///< blocked: by the first thread
    int threads = 1;
    int seccomp = 0; ///< 0 none, 1 strict, 2 filtered
};
[[nodiscard]] std::optional<ProcessStatus> read_process_status(pid_t pid);

/// The signals that every thread of a process blocks.
[[nodiscard]] std::uint64_t blocked_by_all_threads(pid_t pid);

/// All pids of this pid namespace, in ascending order.
[[nodiscard]] std::vector<pid_t> all_pids();

/// `root` and everything below it, by parent links, as they are at this moment.
[[nodiscard]] std::vector<pid_t> descendants_of(pid_t root);

/// The argument list of a process; empty when unreadable or a zombie.
[[nodiscard]] std::vector<std::string> read_command_line(pid_t pid);

/// A variable of the environment that a process was started with; empty when it has none, or when
/// it is not ours to read.
[[nodiscard]] std::string read_environment(pid_t pid, std::string_view name);

/// /proc/sys/kernel/random/boot_id: another value after each boot.
[[nodiscard]] std::string boot_id();
[[nodiscard]] std::string host_name();
/// The moment of the boot, CLOCK_REALTIME.
[[nodiscard]] Nanoseconds boot_moment();
/// Clock ticks per second of the fields above (sysconf(3) _SC_CLK_TCK).
[[nodiscard]] std::uint64_t ticks_per_second();

} // namespace outlast::sys
