// Whether a job without a recorded fate lives, and what it does.
#pragma once

#include "job/record.hpp"

namespace outlast::job {

/// Sets condition, `here`, and, when nothing of the job can live any more, the fate "lost" or
/// "unknown".
///
/// A job lives if and only if its `lock` is held, or, adopted, its command is there. A free lock
/// with another boot id than ours: lost in a reboot. A free lock in this boot: keeper and scribe
/// went at once without a word. On another host the lock is asked too, but a free one proves
/// nothing there (network file systems may keep locks to one host): unknown.
void judge_life(int jobs_directory, const std::string& folder, Record& record);

/// Whether `pid` is this job's keeper or scribe: its title names the number (a pid alone may be
/// another's by now).
[[nodiscard]] bool is_resident_of(pid_t pid, std::uint64_t number);

/// Whether `pid` is a keeper or a scribe in the middle of its exit: the kernel takes its memory,
/// and with it the title, before it closes its descriptors and lets go of the lock.
[[nodiscard]] bool is_resident_in_exit(pid_t pid);

/// For a living job: is it waiting for its user? Reads /proc: a process of the terminal's
/// foreground group that sleeps in a read of that terminal. Never said of a shell at its prompt.
[[nodiscard]] bool waits_for_input(const Record& record);

/// quiet: no output for ten minutes and no CPU used just now.
void look_closer(const JobFolder& folder, Record& record, Nanoseconds now);

} // namespace outlast::job
