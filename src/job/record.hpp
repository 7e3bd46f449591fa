// What is known of a job: its record on disk, and what can be seen of it now.
#pragma once

#include "base/duration.hpp"
#include "base/result.hpp"
#include "sys/unique_fd.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace outlast::job {

struct Usage {
    Nanoseconds user = 0;
    Nanoseconds system = 0;
    std::int64_t max_resident_kb = 0;
};

/// How a run ended. Never guessed.
struct Fate {
    enum class Kind { exited, signaled, lost, unknown };
    Kind kind = Kind::unknown;
    int code = 0;   ///< of Kind::exited
    int signal = 0; ///< of Kind::signaled
    bool core = false;
    std::string cause;     ///< "", "timeout", "stopped", "oom", "reboot"
    std::string evidence;  ///< of cause "oom": "kernel-log", "cgroup", "counter"
    std::string by;        ///< of cause "stopped"
    std::string why;       ///< of Kind::unknown and lost
    Nanoseconds ended = 0; ///< 0: not known
    std::optional<Usage> usage;
};

/// Where a job stands, as it is shown.
enum class Condition {
    running,
    quiet,
    needs_input,
    paused,
    stopping,
    ok,
    failed,
    killed,
    lost,
    unknown,
    damaged
};
[[nodiscard]] std::string_view condition_name(Condition condition) noexcept;
/// False for the last six: it has ended, as far as anybody can tell.
[[nodiscard]] bool is_alive(Condition condition) noexcept;

/// What is known of a job's command that somebody else has started.
struct Adopted {
    bool watched_only = false; ///< it is left as it was, and only looked after
    Nanoseconds at = 0;
    std::string exit_status;    ///< "kernel", "tracer", "parent", "unknown"
    std::string terminal_path;  ///< of the terminal it was given; empty: none
    pid_t session_leader = 0;   ///< whose session has that as its controlling terminal; 0: nobody's
    bool terminal_lost = false; ///< keeper and scribe were killed at the same time
    std::string output;         ///< the file of its own that it writes; empty: none
};

struct Record {
    std::uint64_t number = 0;
    std::string id; ///< sortable, unique
    std::string name;
    std::uint32_t run = 1;
    std::string phase;
    pid_t pid = 0;
    std::uint64_t pid_start = 0;
    pid_t keeper_pid = 0;
    pid_t scribe_pid = 0;
    Nanoseconds created = 0;
    Nanoseconds started = 0;
    bool terminal = false;
    bool keeps_log = true;
    std::string command; ///< one line, as a shell would take it
    std::string directory;
    std::vector<std::string> tags;
    std::string host;
    std::string boot_id;
    std::string socket; ///< path of the control socket
    std::uint64_t log_max = 0;
    std::optional<Fate> fate;
    std::optional<Adopted> adopted;
    Condition condition = Condition::damaged;
    std::string damage; ///< what is wrong with the folder, for Condition::damaged
    bool here = true;   ///< on this host and in this boot
};

/// A job's folder, open.
struct JobFolder {
    std::uint64_t number = 0;
    std::string path;
    sys::UniqueFd fd;
};

/// Reads state.json and looks whether the job lives. Never fails: what cannot be read makes a
/// record with Condition::damaged.
[[nodiscard]] Record read_record(const JobFolder& folder);
/// The same from `jobs/NUMBER` below an open directory; cheaper for finished jobs.
[[nodiscard]] Record read_record_at(int jobs_directory, std::uint64_t number);

/// The exit code that stands for a fate: the code, 128+N for signal N; 125 when it is not known.
[[nodiscard]] int exit_code_of(const Fate& fate) noexcept;
/// "ok", "failed (3)", "killed (KILL: out of memory)", "stopped (TERM)", "unknown (why)", "lost
/// (reboot)".
[[nodiscard]] std::string describe_fate(const Fate& fate);
/// As `describe_fate`, or the condition's name while it lives.
[[nodiscard]] std::string describe_condition(const Record& record);

/// When the job last wrote something; nothing when it never did or nobody can tell.
[[nodiscard]] std::optional<Nanoseconds> last_output(const JobFolder& folder);

} // namespace outlast::job
