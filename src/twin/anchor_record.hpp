// How a command ended, as a parent of it writes it down for the keeper.
#pragma once

#include <cstdint>
#include <sys/resource.h>

namespace outlast::twin {

constexpr std::uint32_t anchor_magic = 0x48434E41; ///< "ANCH"

/// In a file of its own in memory, whole or not at all. By the anchor (keeper/anchor.hpp), by who
/// traces the command, or by a parent of an adopted one that is one of us.
struct AnchorRecord {
    std::uint32_t magic;
    std::int32_t how;   ///< si_code of waitid(2): CLD_EXITED, CLD_KILLED, CLD_DUMPED
    std::int32_t value; ///< exit code or signal
    rusage usage;
};

/// `status` as wait(2) has it.
void write_anchor_record(int record, int status, const rusage& usage) noexcept;

} // namespace outlast::twin
