// Sends a part of a file inside the kernel.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>

namespace outlast::sys {

/// Moves at most `most` bytes at `offset` of the file `from` to the pipe or socket `to`, by
/// sendfile(2): the pages themselves go over. Returns how many; 0 at the end of the file. EINVAL
/// when `to` is something else: copy by hand then, which is faster from file to file (measured on
/// ext4).
[[nodiscard]] Result<std::size_t> send_some(int from, std::uint64_t offset, int to,
                                            std::size_t most);

} // namespace outlast::sys
