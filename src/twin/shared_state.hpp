// What keeper and scribe share: one page block in memory that outlives either of them.
#pragma once

#include "base/result.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>
#include <sys/types.h>

namespace outlast::twin {

/// Where a run is. The numbers are on the wire and in old processes: they never change.
///
///   starting ──exec──▶ running ◀──pause/resume──▶ paused
///                        │ stop, timeout             │ stop, timeout
///                        ▼                           ▼
///                     stopping ──────child ends──▶ ended
///
/// `running` and `paused` go to `ended` as well when the child ends by itself. `ended` is reached
/// only when the child's end is known (or known to be unknowable) and everything it wrote is in the
/// log.
enum class Phase : std::uint32_t { starting = 0, running = 1, paused = 2, stopping = 3, ended = 4 };

[[nodiscard]] std::string_view phase_name(Phase phase) noexcept;

enum class StopCause : std::uint32_t { none = 0, asked = 1, timeout = 2 };
enum class FateKind : std::uint32_t { none = 0, exited = 1, signaled = 2, unknown = 3 };
enum class OomEvidence : std::uint32_t { none = 0, kernel_log = 1, cgroup = 2, counter = 3 };

/// Whether somebody else has started the job's command.
enum class Adoption : std::uint32_t {
    none = 0,    ///< we have
    taken = 1,   ///< it was taken over: what had led to a terminal leads to ours
    watched = 2, ///< it was left as it is, and is only looked after
};
/// How the end of an adopted command becomes known.
enum class ExitKnowledge : std::uint32_t {
    unknown = 0, ///< by luck only
    kernel = 1,  ///< PIDFD_INFO_EXIT, or the zombie
    tracer = 2,  ///< a process that traces it writes the anchor's record
    parent = 3,  ///< its parent is one of us, and writes the anchor's record
};

/// A process of an adopted job: pid and start name it for ever.
struct Member {
    std::int32_t pid;
    std::int32_t pidfd;  ///< in keeper and scribe alike; 0: none
    std::uint64_t start; ///< in clock ticks since boot
    std::array<char, 16> name;
    std::uint32_t ended; ///< 1: its end has been told
};

/// Text of a fixed size: always ends with a NUL.
template <std::size_t N> struct FixedText {
    std::array<char, N> bytes;
    void set(std::string_view text) noexcept {
        const std::size_t length = text.size() < N - 1 ? text.size() : N - 1;
        for (std::size_t i = 0; i < length; ++i) bytes[i] = text[i];
        bytes[length] = '\0';
    }
    [[nodiscard]] std::string_view view() const noexcept { return {bytes.data()}; }
};

/// The layout is a contract between builds (an upgrade hands it over by exec): version 1. Fields
/// are only ever added at the end. Descriptor numbers hold in keeper and scribe alike, -1 for none.
struct SharedState {
    std::array<char, 8> magic; ///< "OUTLTWN1"
    std::uint32_t version;
    std::uint32_t size;

    struct Descriptors {
        std::int32_t shared, job_folder, log, live, timeline, events, lock, socket_folder, listener;
        std::int32_t master, pipe_read, pipe_write, wake_keeper, child, anchor, anchor_record;
        std::int32_t error_log, error_live; ///< the second stream, when it is kept apart
    } fds;
    static constexpr std::size_t most_watched = 32; ///< members whose end is waited for
    static constexpr std::size_t fd_count =
        sizeof(Descriptors) / sizeof(std::int32_t) + 1 + most_watched;
    /// All of them, also those that came later and lie further down.
    [[nodiscard]] std::array<std::int32_t, fd_count> descriptors() const noexcept;

    // What the spec says.
    std::uint64_t number;
    std::uint32_t run;
    std::uint32_t has_terminal;
    std::uint32_t keeps_log;   ///< 0: the log is a file in memory
    std::uint32_t pinned_size; ///< 1: viewers do not change the terminal's size
    std::uint64_t log_max;
    std::int64_t timeout; ///< ns, 0: none
    std::int64_t stop_grace_ms;
    std::int32_t stop_signal;
    std::uint32_t kernel_tells_exit; ///< PIDFD_INFO_EXIT works here

    // Life of the run.
    std::atomic<std::uint32_t> phase;
    std::int32_t child_pid;
    std::int32_t keeper_pid;
    std::int32_t scribe_pid;
    std::int32_t anchor_pid;
    std::uint32_t stop_cause;
    std::uint64_t child_start_ticks;
    std::int64_t started;                    ///< CLOCK_REALTIME
    std::int64_t deadline;                   ///< CLOCK_BOOTTIME, 0: none
    std::int64_t kill_at;                    ///< CLOCK_BOOTTIME, 0: not stopping
    std::uint64_t oom_kills_before;          ///< the kernel's counter at the start
    std::atomic<std::uint32_t> early_deaths; ///< twins in a row that died before they were ready

    // The fate, once known.
    std::uint32_t fate_kind;
    std::int32_t fate_value;
    std::uint32_t fate_core;
    std::uint32_t fate_oom;
    std::int64_t ended; ///< CLOCK_REALTIME
    std::int64_t user_us, system_us, max_resident_kb;
    std::uint32_t has_usage;
    std::uint32_t fate_written;      ///< state.json with the fate is on disk
    std::atomic<std::uint32_t> over; ///< 1: the keeper leaves for good; nobody starts it anew
    FixedText<256> fate_why;
    FixedText<256> stopped_by;

    FixedText<128> name;
    FixedText<64> socket_name;
    FixedText<512> socket_directory; ///< to make it anew when a cleaner has deleted it
    /// Members of state.json that never change, as JSON text without the braces.
    FixedText<8192> fixed_json;

    std::uint32_t without_features;         ///< sys::Feature bits that are switched off
    std::atomic<std::uint32_t> live_refuge; ///< not 0: the live block is at `live_refuge_offset`
    /// The same as in the live block, for the two of us: also where that cannot be written.
    std::atomic<std::uint32_t> drained;        ///< 1: the run's output is complete in the log
    std::atomic<std::uint32_t> terminal_ended; ///< 1: the terminal's last descriptor was closed
    /// 1: the scribe wakes the keeper, once, when the job writes: nobody plays its terminal.
    std::atomic<std::uint32_t> output_wanted;
    /// Up to where in the log somebody has answered what the program asks of its terminal; kept up
    /// to date for the next image of the keeper only.
    std::uint64_t answered;

    // The stable paths of the job's environment (twin/environment_links.hpp).
    std::uint32_t links;        ///< a bit for each Link that this job has
    std::uint32_t holds_agent;  ///< 1: with nobody attached, connections to the agent wait
    std::int32_t agent_waiting; ///< the listening socket where they do; 0: none
    /// Where each link leads while nobody is attached; empty: nowhere.
    std::array<FixedText<256>, 2> link_rest;

    // An adopted job (keeper/adopted.hpp): the command is `child_pid`, and `members[0]`.
    std::uint32_t adoption;       ///< Adoption
    std::uint32_t exit_knowledge; ///< ExitKnowledge
    std::int64_t adopted_at;      ///< CLOCK_REALTIME; `started` is the command's own start
    std::uint32_t terminal_index; ///< N of /dev/pts/N
    std::int32_t session_leader;  ///< whose session has our terminal; 0: none has, by our knowledge
    std::uint32_t group_count;
    static constexpr std::size_t most_groups = 16;
    std::array<std::int32_t, most_groups> groups; ///< process groups that are the job's alone
    std::uint32_t member_count;
    static constexpr std::size_t most_members = 128;
    std::array<Member, most_members> members;
    FixedText<1024> output_path; ///< the file of somebody else that the job writes, if it does
};
constexpr std::uint32_t shared_state_version = 1;
/// A page behind the state, in the same memory, for the live block when its file fails (see
/// twin/resident.hpp). Takes no memory until it is used.
constexpr off_t live_refuge_offset = off_t{32} << 10;
static_assert(sizeof(SharedState) < std::size_t{32} << 10);

/// Makes the block in a memfd; close-on-exec; all zero but the header and the descriptors (-1).
struct MappedState {
    SharedState* state = nullptr;
    int fd = -1;
};
[[nodiscard]] Result<MappedState> create_shared_state();
/// Maps a block that another process made. `incompatible` when its layout is not ours.
[[nodiscard]] Result<SharedState*> map_shared_state(int fd);

} // namespace outlast::twin
