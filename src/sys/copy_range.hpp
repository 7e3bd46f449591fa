// Copies a part of a file inside the kernel.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>

namespace outlast::sys {

/// Moves at most `most` bytes at `offset` of `from` to `to`, by copy_file_range(2) from file to
/// file, else by sendfile(2). Returns how many; 0 at the end of the file. EINVAL, EXDEV, EBADF and
/// the like when this pair of files cannot be served so (a terminal, O_APPEND): copy by hand then.
[[nodiscard]] Result<std::size_t> copy_some(int from, std::uint64_t offset, int to,
                                            std::size_t most);

} // namespace outlast::sys
