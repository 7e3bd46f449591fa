// Gives a job another name.
#pragma once

#include "job/registry.hpp"

#include <string>

namespace outlast::job {

/// A living job is renamed by its keeper, the record of one that has ended is written anew. The
/// name is one that `check_name` accepts. Errors: refused while another living job has the name;
/// `damaged` for a record that cannot be read.
[[nodiscard]] Result<> rename_job(Registry& registry, const Record& record,
                                  const std::string& name);

} // namespace outlast::job
