// Children of this process: started in its terminal, and their ends.
#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>
#include <sys/resource.h>
#include <sys/types.h>
#include <vector>

namespace outlast::sys {

/// Starts a program as a child in this terminal, process group and session, with every signal at
/// its default and the mask that this process was started with. `arguments` include argv[0].
[[nodiscard]] Result<pid_t> spawn_here(const std::string& program,
                                       const std::vector<std::string>& arguments);

/// Becomes another program, in the same way. Returns only when that failed.
[[nodiscard]] Error become(const std::string& program, const std::vector<std::string>& arguments);

struct ReapedChild {
    pid_t pid = 0;
    int status = 0; ///< as wait(2) has it
    rusage usage{};
};
enum class Wait { for_one, not_at_all };
/// The next child that has ended, reaped; also such as were children of the program that this
/// process ran before execve(2). Nothing when none has (`not_at_all`), or there is none any more.
[[nodiscard]] std::optional<ReapedChild> reap_child(Wait wait);

/// SIGHUP and what a terminal's keys raise do nothing to this process any more.
void ignore_terminal_signals() noexcept;

} // namespace outlast::sys
