// Finds the program that a command's first word means, as execvp(3) does.
#pragma once

#include "base/result.hpp"

#include <string>

namespace outlast::job {

/// `word` with a slash: that file, relative to `directory`. Else the first executable file of that
/// name in `path` (a PATH; empty parts mean `directory`). Errors: command_not_found (exit code
/// 127), command_not_run (126), each with why and fix.
[[nodiscard]] Result<std::string> find_program(const std::string& word, const std::string& path,
                                               const std::string& directory);

} // namespace outlast::job
