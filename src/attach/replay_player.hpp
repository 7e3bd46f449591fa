// Plays a job's terminal in the caller's terminal.
#pragma once

#include "attach/replay_track.hpp"
#include "log/log_file.hpp"

#include <string>

namespace outlast::attach {

struct ReplayOptions {
    double speed = 1;
    Nanoseconds from = 0; ///< on the track's clock
    std::string name;     ///< for the line that tells where it is; printable
};

constexpr double slowest_replay = 1.0 / 64;
constexpr double fastest_replay = 1024;

struct ReplayEnd {
    bool to_the_end = false; ///< else somebody ended it
    int signal = 0;          ///< that ended it
};

/// stdin and stdout are the terminal. It is drawn from the model of the job's terminal, at most 60
/// times a second; none of the job's bytes reach it. Ends with the track, with q or Ctrl-C; the
/// terminal is then as before. Errors: the log cannot be read.
[[nodiscard]] Result<ReplayEnd> play(const job::JobFolder& folder, const job::Record& record,
                                     const log::LogFile& log, const ReplayTrack& track,
                                     const ReplayOptions& options);

} // namespace outlast::attach
