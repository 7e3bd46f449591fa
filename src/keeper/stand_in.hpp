// Starts the stand-in: the process that plays the job's terminal while nobody watches.
#pragma once

#include "base/result.hpp"
#include "sys/unique_fd.hpp"
#include "twin/shared_state.hpp"

#include <sys/types.h>

namespace outlast::keeper {

struct StandInProcess {
    pid_t pid = 0;
    sys::UniqueFd socket; ///< our end of its connection; it is greeted already
};

/// Executes this very program as "standin FOLDER SOCKET LOG FEATURES" (twin::resident_variable),
/// with nothing but the job's folder, its end of the connection and the log.
[[nodiscard]] Result<StandInProcess> start_stand_in(const twin::SharedState& state);

} // namespace outlast::keeper
