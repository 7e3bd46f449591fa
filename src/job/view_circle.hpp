// Whether a job's output would come back into the job, by way of viewers in other jobs.
#pragma once

#include "job/registry.hpp"

namespace outlast::job {

/// `refused` when what this process shows is shown inside the job: the caller is inside it, or is
/// inside one that somebody watches from there, and so on. To show the job here would print its
/// output into it again, without end. The fix names --force.
[[nodiscard]] Result<> refuse_circle(const Registry& registry, const Record& record);

} // namespace outlast::job
