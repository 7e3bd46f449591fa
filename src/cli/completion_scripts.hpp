// The completion scripts for bash, zsh and fish.
#pragma once

#include <optional>
#include <string_view>

namespace outlast::cli {

/// Each asks `outlast completion words -- WORDS…` for every press of Tab, so that it never is older
/// than the program. The answer is a line "words", "files", "directories" or "command N", then the
/// candidates, one a line, with what there is to say about each behind a tab. Nothing for another
/// shell.
[[nodiscard]] std::optional<std::string_view> completion_script(std::string_view shell);

} // namespace outlast::cli
