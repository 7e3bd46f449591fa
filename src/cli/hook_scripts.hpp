// What a shell's start-up file takes from outlast: the lines that `outlast hook SHELL` prints.
#pragma once

#include <array>
#include <string_view>

namespace outlast::cli {

/// Each script does four things, none of them in a shell that is not interactive: a line of news at
/// login, prompt marks inside a job, the shell's job table for the commands that take %N, and,
/// after Ctrl-Z in an ssh session, a line on how the stopped job goes on without the connection.
struct HookScript {
    std::string_view shell;
    std::string_view file; ///< where it goes
    std::string_view text;
};
[[nodiscard]] const std::array<HookScript, 3>& hook_scripts();

} // namespace outlast::cli
