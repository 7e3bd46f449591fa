// A new keeper for a job that lives without one.
#pragma once

#include "job/record.hpp"

namespace outlast::job {

/// When keeper and scribe were killed at the same time, a job without a terminal runs on and writes
/// its log. Whoever finds it so (its lock is held, its keeper is gone) starts a keeper for it,
/// which watches it from then on. Nothing is started a second time: two finders are kept apart by a
/// lock file. The same for an adopted job: its command was never ours to lose. A terminal that we
/// had given it is gone for good.
[[nodiscard]] Result<> revive(const JobFolder& folder, const Record& record);

/// True when the job lives and neither keeper nor scribe does.
[[nodiscard]] bool is_orphaned(const Record& record);

} // namespace outlast::job
