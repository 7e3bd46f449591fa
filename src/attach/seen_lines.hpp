// Which lines of a job's history a terminal has in its scrollback already.
#pragma once

#include "job/record.hpp"

#include <cstdint>
#include <string>

namespace outlast::attach {

/// A terminal with the shell, or whatever it is, that leads its session: the same one after the
/// viewer has left, and never that of a new connection.
struct TerminalKey {
    std::string path; ///< "/dev/pts/3"
    pid_t session = 0;
    std::uint64_t session_start = 0; ///< in clock ticks since boot, proc(5)

    /// Of the terminal at standard input; an empty path when there is none.
    [[nodiscard]] static TerminalKey own();
    friend bool operator==(const TerminalKey&, const TerminalKey&) = default;
};

/// The file `seen` of the job's folder holds the last 16 terminals that a viewer has left, so that
/// one that comes back is given only the lines that are new to it. Lines are counted from the run's
/// beginning; 0: none is known.
[[nodiscard]] std::uint64_t read_seen_lines(const job::JobFolder& folder, std::uint32_t run,
                                            const TerminalKey& terminal);
/// What fails is left: it is a convenience.
void write_seen_lines(const job::JobFolder& folder, std::uint32_t run, const TerminalKey& terminal,
                      std::uint64_t lines);

} // namespace outlast::attach
