// Asking somebody at the terminal before something is done.
#pragma once

#include "cli/output.hpp"

#include <string>

namespace outlast::cli {

/// "QUESTION? [y/N] " on stderr, and whether the answer begins with y. Without a question: true
/// with -y; false with --no-input or where nobody can answer, which is said.
[[nodiscard]] bool agreed(const std::string& question, const Output& output);

} // namespace outlast::cli
