// How far a job is, by what its last line says.
#pragma once

#include "base/duration.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace outlast::cli {

/// The last percentage in `line` ("62%", "62.5 %"), 0 to 100.
[[nodiscard]] std::optional<double> find_percentage(std::string_view line);

/// How much longer at the pace so far: nothing below 1 % and from 100 % on.
[[nodiscard]] std::optional<Nanoseconds> estimate_left(double percentage, Nanoseconds elapsed);

/// "~1h 40m left"; empty when the line has no percentage, or says itself how long it will take.
[[nodiscard]] std::string progress_hint(std::string_view line, Nanoseconds elapsed);

} // namespace outlast::cli
