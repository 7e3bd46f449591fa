// Moves bytes from the job's terminal to the log: pty → pipe → log, by splice(2).
#pragma once

#include "log/live_block.hpp"
#include "log/log_bound.hpp"
#include "log/timeline.hpp"
#include "twin/shared_state.hpp"

#include <cstdint>

namespace outlast::scribe {

/// The bytes on their way sit in a pipe that keeper and scribe both hold, and a splice is never
/// split by SIGKILL, so that a scribe killed at any moment loses nothing: its successor takes the
/// log's size as the offset and first empties the pipe.
///
/// Where the kernel cannot splice from a terminal (Linux 5.10 and 5.11) read(2) and write(2) take
/// its place; a SIGKILL between the two may then lose up to 4 KB. A job without a terminal whose
/// log is in memory writes into the pipe itself; then there is no master.
class Pump {
public:
    enum class Outcome {
        idle,          ///< nothing more to move now
        more,          ///< a fair share was moved, there is more
        terminal_ended ///< EIO: the terminal's last descriptor was closed; all of it is in the log
    };

    Pump(const twin::SharedState& state, log::LiveBlock& live, log::TimelineWriter& timeline,
         log::LogBound& bound);

    /// Never blocks: the master is non-blocking.
    [[nodiscard]] Outcome run();
    [[nodiscard]] std::uint64_t log_end() const noexcept { return m_offset; }

private:
    enum class Fill { moved, empty, ended, pipe_full };

    [[nodiscard]] Fill fill_pipe();
    [[nodiscard]] Fill fill_by_copy();
    void empty_pipe();
    [[nodiscard]] long pipe_to_log(std::size_t most) const;
    [[nodiscard]] long copy_to_log(std::size_t most);
    [[nodiscard]] bool make_room_or_drop(int error_number);
    void drop_pipe();
    [[nodiscard]] std::size_t pipe_level() const;
    void note_progress(std::uint64_t before);

    int m_master;
    int m_pipe_read;
    int m_pipe_write;
    int m_log;
    log::LiveBlock& m_live;
    log::TimelineWriter& m_timeline;
    log::LogBound& m_bound;
    std::uint64_t m_offset = 0;
    std::size_t m_in_pipe = 0;
    bool m_can_splice_in;
    bool m_can_splice_out;
};

} // namespace outlast::scribe
