// Removes jobs that are over, and tells how much space that frees.
#pragma once

#include "job/registry.hpp"

#include <cstdint>

namespace outlast::job {

/// Whether a process holds the job's lock: the keeper, the scribe, or something that the job left
/// running. False where locks cannot be asked for.
[[nodiscard]] bool is_locked(const JobFolder& folder);

/// When the job ended; where its record does not tell, when the record was last written.
[[nodiscard]] Nanoseconds end_of(const JobFolder& folder, const Record& record);

/// What of a job that has ended but left something running.
enum class Leftovers { refuse, ignore };
/// Removes the folder of a job; returns the bytes that it took on disk. `refused` when the job
/// lives, and when something of it still runs (Leftovers::refuse).
[[nodiscard]] Result<std::uint64_t> remove_job(Registry& registry, const Record& record,
                                               Leftovers leftovers);

} // namespace outlast::job
