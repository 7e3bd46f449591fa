// Where in the log a viewer that comes back begins.
#pragma once

#include "job/record.hpp"
#include "log/log_file.hpp"

#include <cstdint>

namespace outlast::attach {

/// The offset in the log where a run begins; 0 when the timeline does not tell.
[[nodiscard]] std::uint64_t start_of_run(const job::JobFolder& folder, std::uint32_t run);

/// The beginning of the last `lines` lines of the present run.
[[nodiscard]] Result<std::uint64_t> find_start(const job::JobFolder& folder,
                                               const job::Record& record, std::uint64_t lines);

/// The same in the log of its error output, of all runs; 0 when that is not kept apart.
[[nodiscard]] Result<std::uint64_t> find_error_start(const job::JobFolder& folder,
                                                     std::uint64_t lines);

} // namespace outlast::attach
