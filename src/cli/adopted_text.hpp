// What is said of a job that was adopted.
#pragma once

#include "base/json_writer.hpp"
#include "job/record.hpp"

#include <string>

namespace outlast::cli {

/// For `status`: since when, and what of it is ours; empty for other jobs.
[[nodiscard]] std::string adopted_text(const job::Record& record, Nanoseconds now);
/// For `status`: how its end will be known.
[[nodiscard]] std::string exit_status_text(const job::Record& record);
/// For whoever reads its log from the beginning: what is not in it, or whose file it is; empty for
/// other jobs.
[[nodiscard]] std::string log_origin(const job::Record& record, Nanoseconds now);
/// For `pause`, of a paused job: why this is dangerous for now; empty when it is not. A stopped
/// process that is left by its session's last process of another group is sent SIGHUP by the kernel
/// (setpgid(2), "orphaned process group").
[[nodiscard]] std::string pause_hazard(const job::Record& record);

void put_adopted(JsonWriter& json, const job::Record& record);

} // namespace outlast::cli
