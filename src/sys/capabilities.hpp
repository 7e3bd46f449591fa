// What a process may do beyond its user's rights (capabilities(7)).
#pragma once

#include <cstdint>

namespace outlast::sys {

/// Whether this process may use `capability` (CAP_…, linux/capability.h) now.
[[nodiscard]] bool has_capability(unsigned capability) noexcept;

/// Leaves this process no other capabilities than those of `bits` (1 << CAP_…, of the first 32), in
/// all of its three sets. False when it has not got one of them, or may not.
bool keep_capabilities(std::uint32_t bits) noexcept;

} // namespace outlast::sys
