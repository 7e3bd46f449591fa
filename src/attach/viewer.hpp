// Viewers: show a job's output and pass on what is typed, until the job ends or the user leaves.
#pragma once

#include "attach/job_link.hpp"
#include "attach/prefix_keys.hpp"

#include <csignal>
#include <cstdint>
#include <optional>

namespace outlast::attach {

struct ViewerOptions {
    std::uint64_t from = 0;       ///< offset in the log where to begin
    std::uint64_t error_from = 0; ///< the same in the log of its error output (run --stderr)
    /// The viewer in a terminal: what was written before `from` is shown as the terminal's state,
    /// with this many lines of history in front. Nothing: the job has just been started here.
    std::optional<std::uint64_t> history_lines;
    /// Of these only such as this terminal has not been given before.
    bool only_new_lines = false;
    bool read_only = false;
    bool forward_interrupt = true; ///< SIGINT goes to the job (streaming viewer)
    unsigned char prefix = 0x1c;
    /// When the job's log is in memory, its descriptor; else -1 and the folder's log is read.
    int log_fd = -1;
    /// CLOCK_BOOTTIME; the streaming viewer leaves then. 0: never.
    Nanoseconds deadline = 0;
};

struct ViewerOutcome {
    enum class How {
        ended,
        detached,
        dismissed,
        hung_up,
        output_closed,
        output_failed,
        killed,
        time_over
    };
    How how = How::ended;
    /// For ended; also when the run had ended by the time the streaming viewer left for another
    /// reason.
    std::optional<RunEnd> end;
    std::string output_error;  ///< for output_failed: why stdout could not be written
    std::string dismissed_by;  ///< for dismissed
    int signal = 0;            ///< for killed: the signal that ended the viewer; the job goes on
    bool mid_line = false;     ///< the cursor was left behind a text: a message needs a new line
    std::uint64_t skipped = 0; ///< bytes not shown because the terminal was too slow
};

/// In the caller's terminal (stdin and stdout), raw, for a job with a terminal. Output never waits
/// for anything but this terminal; a terminal that is far behind is shown the present, and what was
/// skipped stays in the log.
[[nodiscard]] outlast::Result<ViewerOutcome>
view_in_terminal(const job::JobFolder& folder, JobLink& link, const ViewerOptions& options);

/// Copies the log to stdout as it grows, every byte, until the run has ended; and to stderr the log
/// of an error output that is kept apart. For pipes, files, and jobs without a terminal. SIGINT
/// goes on to the job, SIGQUIT (Ctrl-\) detaches, SIGHUP and SIGTERM end only the viewer.
[[nodiscard]] outlast::Result<ViewerOutcome>
view_as_stream(const job::JobFolder& folder, JobLink& link, const ViewerOptions& options);

} // namespace outlast::attach
