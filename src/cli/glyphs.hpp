// The signs in front of jobs and promises, with their ASCII forms.
#pragma once

#include "job/record.hpp"

#include <string>

namespace outlast::cli {

/// ✓ ok, ✗ ended otherwise, ? needs input, ● alive; + x ? * without UTF-8.
[[nodiscard]] inline std::string glyph_of(job::Condition condition, bool utf8) {
    if (condition == job::Condition::ok) return utf8 ? "✓" : "+";
    if (condition == job::Condition::needs_input) return "?";
    if (job::is_alive(condition)) return utf8 ? "●" : "*";
    return utf8 ? "✗" : "x";
}

[[nodiscard]] inline const char* separator(bool utf8) { return utf8 ? " · " : " - "; }

} // namespace outlast::cli
