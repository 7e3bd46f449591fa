// Finds out how the command ended, and why.
#pragma once

#include "sys/exit_status.hpp"
#include "twin/shared_state.hpp"

#include <optional>

namespace outlast::keeper {

/// Fills the fate in `state` when the command's end can be told now. False: not yet, ask again.
/// Asked in this order: waitid(2) as its parent (without reaping it), the anchor's record,
/// PIDFD_INFO_EXIT, the zombie's /proc/PID/stat. When all of them are gone the fate is "unknown"
/// and says so; never a guess.
///
/// The anchor alone tells what the command has used besides, and does so within moments: while it
/// lives, and `patience` asks for it, nobody else is asked.
enum class Patience { with_anchor, none };
[[nodiscard]] bool find_fate(twin::SharedState& state, Patience patience);

/// How a member of an adopted job that is nobody's child of ours has ended, where that can be told
/// now (PIDFD_INFO_EXIT, or the zombie).
[[nodiscard]] std::optional<sys::ExitStatus> end_of_member(const twin::SharedState& state,
                                                           const twin::Member& member);

/// The sum of the kernel's counters of OOM kills that concern this process: memory.events (cgroup
/// v2), memory.oom_control (v1), else /proc/vmstat.
[[nodiscard]] std::uint64_t count_oom_kills(pid_t pid);

/// The same for the job of `state`, at the start of its keeper. An adopted command need not be in
/// our cgroup: for it the machine's counter is taken.
[[nodiscard]] std::uint64_t count_oom_kills_at_start(const twin::SharedState& state);

/// For a command that SIGKILL ended and that nobody here had killed: what speaks for the OOM
/// killer.
[[nodiscard]] twin::OomEvidence find_oom_evidence(const twin::SharedState& state);

} // namespace outlast::keeper
