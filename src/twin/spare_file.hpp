// Room for the fate on a full disk, set aside while there is some.
#pragma once

#include "base/result.hpp"

#include <string_view>

namespace outlast::twin {

/// A file in the job's folder, large enough for any state.json, made before the job starts: where
/// there is no room for it, the job is not started. Gone when the fate has been written.
[[nodiscard]] Result<> make_spare(int folder);
void remove_spare(int folder);

/// Replaces state.json by way of the spare, whose blocks are its own already, so that it works on a
/// full disk; without a spare in place (readers may see it half-written for a moment). fsynced.
[[nodiscard]] Result<> replace_state_by_spare(int folder, std::string_view bytes);

} // namespace outlast::twin
