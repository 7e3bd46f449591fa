// Types into a job's terminal and waits until the terminal has taken it.
#pragma once

#include "attach/job_link.hpp"
#include "attach/key_names.hpp"
#include "attach/mode_tracker.hpp"
#include "attach/paste.hpp"

#include <cstdint>
#include <string>

namespace outlast::attach {

/// What is typed: `text` first, then all of `file` (not owned; -1: none).
struct TypeSource {
    std::string text;
    int file = -1;
    Paste* paste = nullptr; ///< what is in the file goes through this; not owned
};

struct Typed {
    std::uint64_t bytes = 0;
    char last = '\0'; ///< the last byte, for who wants to know whether a line was ended
};

/// Returns when the terminal has taken every byte, through restarts of the keeper. A program that
/// does not read holds us up, and we the file: no more than 64 KB are on their way. Errors:
/// already_ended, refused (the keeper's words), timed_out at `deadline` (CLOCK_BOOTTIME, 0: none).
[[nodiscard]] Result<Typed> type_into(JobLink& link, const TypeSource& source,
                                      Nanoseconds deadline);

/// What this run's program has switched on, from the first and the last megabyte of its output.
[[nodiscard]] ModeTracker modes_at_both_ends(const job::JobFolder& folder,
                                             const job::Record& record);
/// How it has set the arrow keys.
[[nodiscard]] CursorKeys cursor_keys_of(const job::JobFolder& folder, const job::Record& record);

} // namespace outlast::attach
