// Closing what a forked process has by inheritance only.
#pragma once

#include <vector>

namespace outlast::sys {

/// Closes every descriptor of this process but those in `kept`. close_range(2), Linux 5.9; on older
/// kernels one by one, up to the limit on descriptors.
void close_descriptors_but(std::vector<int> kept) noexcept;

} // namespace outlast::sys
