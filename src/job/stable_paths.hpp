// The stable paths of a job that starts.
#pragma once

#include "job/record.hpp"
#include "job/spec.hpp"
#include "twin/shared_state.hpp"

#include <string>
#include <vector>

namespace outlast::job {

/// Makes the links that the spec asks for, leading to what the caller has, and puts their paths
/// into the environment of the job. `state` has the directory and the name of its socket.
/// A link that cannot be made leaves the variable as the caller has it.
void make_stable_paths(twin::SharedState& state, const Spec& spec,
                       std::vector<std::string>& environment);

/// The same for the keeper of a job that runs already: what its links lead to is left alone.
void find_stable_paths(twin::SharedState& state, const Spec& spec);

struct StablePath {
    std::string variable; ///< "SSH_AUTH_SOCK"
    std::string path;     ///< its value in the job
    std::string leads_to; ///< empty: nowhere
    bool waits = false;   ///< programs that connect wait until somebody with an agent is attached
};
/// Those of a job that runs on this host, as they are now.
[[nodiscard]] std::vector<StablePath> look_at_stable_paths(const Record& record, const Spec& spec);

} // namespace outlast::job
