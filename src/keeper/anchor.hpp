// The anchor: on kernels that tell only a parent how its child ended, the job's parent.
#pragma once

#include "base/result.hpp"
#include "keeper/command_child.hpp"
#include "sys/exit_status.hpp"
#include "twin/anchor_record.hpp"
#include "twin/shared_state.hpp"

#include <optional>
#include <sys/resource.h>

namespace outlast::keeper {

/// Where neither PIDFD_INFO_EXIT (Linux 6.15) nor being the parent is to be had after a SIGKILL of
/// the keeper, a third process, forked from the keeper and asleep in waitid(2), is the parent of
/// the command. It writes the status into `record` and leaves. If the anchor itself is killed, the
/// command becomes the keeper's child (the keeper is its subreaper, prctl(2)).
using twin::AnchorRecord;

struct AnchoredChild {
    pid_t anchor = 0;
    pid_t child = 0;
};

/// What the anchor does once the child is there; also after its exec (it has to be the smallest
/// process there is, and is forked from a larger one).
[[noreturn]] void wait_as_anchor(pid_t child, int record) noexcept;

/// Forks the anchor, which forks the child. `record` is the descriptor of an empty file.
[[nodiscard]] Result<AnchoredChild> start_anchor(const ChildPlan& plan, int record);

/// For a command that somebody else has started, on such a kernel: starts a process that traces it
/// until its end (ptrace(2)), and writes the record. In the state it has the anchor's place. Where
/// tracing is not allowed it just leaves, and nobody is the wiser.
void start_tracer(twin::SharedState& state);

/// What an anchor has written, if it has.
[[nodiscard]] std::optional<AnchorRecord> read_anchor_record(int record);
[[nodiscard]] sys::ExitStatus status_of(const AnchorRecord& record);

} // namespace outlast::keeper
