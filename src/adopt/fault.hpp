// Failing on purpose, at every step, so that tests can see that a failure leaves no trace.
#pragma once

#include "base/result.hpp"

#include <string_view>

namespace outlast::adopt {

/// To be called before each step that may fail while processes are being taken over. Fails from the
/// step on whose number OUTLAST_ADOPT_FAULT gives (1 is the first), as if the kernel had refused
/// it, until `end_faults`; without that variable never.
[[nodiscard]] Result<> fault_point(std::string_view step);

/// Nothing may fail on purpose any more: everything is being undone, or nothing can be.
void end_faults() noexcept;

} // namespace outlast::adopt
