// What lies in a job's folder when a run begins, and how the caller talks with the new keeper.
#pragma once

#include "base/result.hpp"
#include "job/paths.hpp"
#include "job/spec.hpp"
#include "sys/unique_fd.hpp"
#include "twin/launch.hpp"
#include "twin/shared_state.hpp"

#include <string>
#include <sys/ioctl.h>

namespace outlast::job {

/// 10 characters of time (ms) and 16 of chance, in Crockford's base 32: sorts by time (the ULID's
/// form).
[[nodiscard]] std::string new_id();

/// Opens, and makes where they are missing, the files of a run, into the state's descriptors.
[[nodiscard]] Result<> open_run_files(twin::SharedState& state, int folder, const Spec& spec);

/// The lock is ours for as long as anything of the job lives. Readers hold it for moments.
[[nodiscard]] Result<> take_run_lock(int fd);

/// Puts what the spec says, and the members of state.json that never change, into the state.
[[nodiscard]] Result<> describe_run(twin::SharedState& state, const Spec& spec,
                                    const std::string& id, const SocketDirectory& sockets);

/// Marks the start of a run in the side files; what an earlier run left in them is settled.
[[nodiscard]] Result<> mark_run(const twin::SharedState& state, const winsize& size);

/// Between the caller and the keeper that it starts (twin::Launch::report).
struct ReportChannel {
    sys::UniqueFd ours;
    sys::UniqueFd theirs;
};
[[nodiscard]] Result<ReportChannel> open_report_channel();
[[nodiscard]] Result<twin::StartReport> await_report(int channel);

} // namespace outlast::job
