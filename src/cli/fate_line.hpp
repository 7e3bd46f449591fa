// The line that ends a finished job's output.
#pragma once

#include "base/duration.hpp"
#include "job/record.hpp"

#include <string>

namespace outlast::cli {

/// "— failed (3) after 4m 11s, 14:07:02 · again: outlast restart reindex", so that nobody has to
/// ask whether it ended. `now` decides whether the day is told. Empty for a job that lives.
[[nodiscard]] std::string fate_line(const job::Record& record, Nanoseconds now, bool utf8);

} // namespace outlast::cli
