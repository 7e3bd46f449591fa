// Finds the output of single commands by the marks that a shell writes around them.
#pragma once

#include "base/result.hpp"
#include "log/log_file.hpp"

#include <cstdint>
#include <optional>

namespace outlast::attach {

/// What lies between OSC 133 C (output begins) and D (it ended, with its exit code) or, where that
/// is missing, A (the next prompt); of a command that still runs up to the end.
struct CommandOutput {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    bool ended = false;
    std::optional<int> code;
};

/// Of the commands whose output begins in [begin, end) of the log, number `which`: from 1, or from
/// the end, -1 being the last. Looks for the last ones from the end. Errors: refused when there is
/// no such command or none at all.
[[nodiscard]] Result<CommandOutput> find_command(const log::LogFile& log, std::uint64_t begin,
                                                 std::uint64_t end, std::int64_t which);

} // namespace outlast::attach
