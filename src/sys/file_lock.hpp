// flock(2) locks: they belong to the open file description, so children inherit them.
#pragma once

#include "base/result.hpp"

namespace outlast::sys {

enum class LockMode { shared, exclusive };
enum class LockAnswer { granted, held_by_another };

/// Tries once. ENOLCK and the like (a file system without locks) are errors.
[[nodiscard]] Result<LockAnswer> try_lock(int fd, LockMode mode);
/// Waits for it. Only for locks that are held for a moment.
[[nodiscard]] Result<> wait_lock(int fd, LockMode mode);

} // namespace outlast::sys
