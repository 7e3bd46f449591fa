// The controlling terminal of an adopted job, given at the first attach that finds its shell gone.
#pragma once

#include "job/record.hpp"

namespace outlast::cli {

/// An adopted job whose old shell lived on when it was taken over has our terminal without a
/// session of its own in it: /dev/tty cannot be opened there. When the shell has gone, this gives
/// the terminal to the job's process (adopt/terminal_gift.hpp) and tells the keeper. What cannot be
/// done stays as it is: the job can be used all the same.
void hand_terminal_over(const job::JobFolder& folder, const job::Record& record);

} // namespace outlast::cli
