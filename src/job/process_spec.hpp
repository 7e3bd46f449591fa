// What a process that runs would have looked like as a job's spec.
#pragma once

#include "job/spec.hpp"

#include <string>
#include <sys/types.h>

namespace outlast::job {

/// Argument list, directory and environment of the process, as /proc shows them; `terminal` and
/// `input` by what its descriptors are. So `restart` can run it anew. The environment is the one it
/// was started with. Errors: `already_ended`, or `refused` when it is not ours to read.
[[nodiscard]] Result<Spec> spec_of_process(pid_t pid);

/// Where a process writes.
struct ProcessOutput {
    std::string file;       ///< the regular file that its standard output is; empty: none
    std::string error_file; ///< the same for the error output, when it is another one
    std::string elsewhere;  ///< in words, when it writes to none: "/dev/pts/3", "a pipe"
};
[[nodiscard]] ProcessOutput output_of_process(pid_t pid);

} // namespace outlast::job
