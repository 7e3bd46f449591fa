// The stand-in: plays a job's terminal while nobody watches.
#pragma once

namespace outlast::standin {

/// What the keeper hands over; the stand-in owns them.
struct Descriptors {
    int folder = -1; ///< the job's
    int socket = -1; ///< the connection to the keeper, greeted already
    int log = -1;    ///< a log in memory; -1: the folder has it
};

/// Answers what the program asks of its terminal, as the last real terminal would have; notes
/// titles, bells and the like as events; writes checkpoints, so that a viewer has the screen at
/// once. Goes when the job has been quiet for `quiet_time`, when a viewer takes over, or when the
/// keeper closes the connection. Returns the process's exit code.
///
///   light ──something that only a model understands, or much output──▶ modelling
///
/// While the job writes plain lines, and little, it only looks at the bytes. It takes hostile bytes
/// apart, so it first gives up every right it does not need (sys/sandbox.hpp); nothing depends on
/// its life.
[[nodiscard]] int run(const Descriptors& descriptors);

} // namespace outlast::standin
