// Whether two models are in the same state.
#pragma once

#include <string>

namespace outlast::terminal {

class Model;

enum class Compare {
    everything,  ///< history included
    screen_only, ///< both screens, modes, parser; not the history
};

/// Empty when the two are the same, else the first difference in words: "cursor: 3,4 and 3,5".
[[nodiscard]] std::string difference(const Model& a, const Model& b, Compare what);

} // namespace outlast::terminal
