// Whether this process runs inside a job.
#pragma once

#include "job/registry.hpp"

#include <optional>
#include <string_view>

namespace outlast::job {

/// True when the caller was started by the command of this living job: its environment says so
/// (OUTLAST_ID), or the job's command is one of its ancestors (sudo clears the environment). A job
/// inside a job is a job of its own and not inside the outer one.
[[nodiscard]] bool is_inside(const Record& record);

/// The job that the caller runs in; nothing outside of all.
[[nodiscard]] std::optional<Record> surrounding_job(const Registry& registry);

/// `refused` when the caller is inside the job. `why` says what it would lead to: "to stop it ends
/// this command too". The fix names --force.
[[nodiscard]] Result<> refuse_inside(const Record& record, std::string_view why);

} // namespace outlast::job
