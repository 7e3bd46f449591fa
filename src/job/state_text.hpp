// The text of state.json as a record.
#pragma once

#include "job/record.hpp"

#include <string_view>

namespace outlast::job {

/// Everything that state.json holds; what can be seen of the job now is not asked. A text that is
/// no state makes a record with Condition::damaged, any other Condition::running.
[[nodiscard]] Record parse_state(std::uint64_t number, std::string_view text);

/// The record of a folder that cannot be understood.
[[nodiscard]] Record damaged_record(std::uint64_t number, std::string why);

} // namespace outlast::job
