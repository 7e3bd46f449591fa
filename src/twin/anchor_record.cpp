// How a command ended, as a parent of it writes it down for the keeper.
#include "twin/anchor_record.hpp"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

namespace outlast::twin {

void write_anchor_record(int record, int status, const rusage& usage) noexcept {
    AnchorRecord result{};
    result.value = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
    result.how = CLD_EXITED;
    if (!WIFEXITED(status)) result.how = WCOREDUMP(status) != 0 ? CLD_DUMPED : CLD_KILLED;
    result.usage = usage;
    result.magic = anchor_magic;
    (void)!::pwrite(record, &result, sizeof result, 0);
}

} // namespace outlast::twin
