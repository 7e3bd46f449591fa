// From the options of `run` to a launch request.
#pragma once

#include "cli/command.hpp"
#include "job/launch.hpp"

namespace outlast::cli {

struct RunRequest {
    job::LaunchRequest launch;
    sys::UniqueFd input; ///< of --stdin FILE
};

/// Checks everything that can be checked before anything is made: options, directory, program,
/// files.
[[nodiscard]] Result<RunRequest> make_request(const Arguments& arguments);

/// The terminal of a job that is started here: the caller's attributes and size where there are
/// any.
void take_over_terminal(job::LaunchRequest& launch);

} // namespace outlast::cli
