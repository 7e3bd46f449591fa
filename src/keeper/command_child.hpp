// The forked child that becomes the job's command.
#pragma once

#include "base/result.hpp"
#include "twin/launch.hpp"

#include <sys/types.h>
#include <vector>

namespace outlast::keeper {

/// Everything the child needs, as plain arrays made before the fork.
struct ChildPlan {
    const char* program = nullptr;
    std::vector<char*> arguments;   ///< NULL at the end
    std::vector<char*> environment; ///< NULL at the end
    std::vector<char*> by_shell; ///< sh, program, argv[1] …: for a script without "#!" (execvp(3))
    int terminal = -1;           ///< the pty's slave, or
    int input = -1, output = -1, error = -1;
    int lock = -1;    ///< inherited by the job, at a high number
    int go = -1;      ///< the child goes on when this pipe is readable or closed
    int failure = -1; ///< close-on-exec pipe: a StartReport goes here when something fails
    sigset_t signal_mask{};
};

/// Fills the arrays; they point into `launch`, which must outlive the plan.
[[nodiscard]] ChildPlan plan_child(twin::Launch& launch);

/// Runs in the child. Async-signal-safe.
[[noreturn]] void run_child(const ChildPlan& plan) noexcept;

} // namespace outlast::keeper
