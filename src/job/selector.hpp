// Finds the job that a user means.
#pragma once

#include "job/registry.hpp"

#include <optional>
#include <string>
#include <vector>

namespace outlast::job {

/// A number, a name, a unique prefix of a name, the pid of a job's command, or "-" for the latest
/// job. Of several jobs with one name the latest is meant. Errors: no_such_job, with a "did you
/// mean" when a name is near; ambiguous_job, with the candidates.
[[nodiscard]] Result<Record> select_job(const Registry& registry, const std::string& selector);

/// As above, and each glob ('train-*') stands for all jobs it matches, at least one.
[[nodiscard]] Result<std::vector<Record>> select_jobs(const Registry& registry,
                                                      const std::vector<std::string>& selectors);

/// Nothing was given: the only living job, else the latest.
[[nodiscard]] Result<Record> default_job(const Registry& registry);

} // namespace outlast::job
