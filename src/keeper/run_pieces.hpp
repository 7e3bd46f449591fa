// What every run needs before its command: terminal, pipe, socket, the answer to the caller.
#pragma once

#include "base/result.hpp"
#include "sys/unique_fd.hpp"
#include "twin/launch.hpp"
#include "twin/shared_state.hpp"

namespace outlast::keeper {

struct Pipe {
    sys::UniqueFd read;
    sys::UniqueFd write;
};
/// Close-on-exec; more flags as for pipe2(2).
[[nodiscard]] Result<Pipe> open_pipe(int flags);

/// What keeper and scribe share: the pipe on the way to the log, the wake-up of the keeper.
[[nodiscard]] Result<> open_shared_pieces(twin::SharedState& state);

/// A terminal with the attributes and the size of `launch`; the slave.
[[nodiscard]] Result<sys::UniqueFd> open_terminal(twin::SharedState& state,
                                                  const twin::Launch& launch);

/// The control socket, listening at its name in the socket folder; replaces the one there.
[[nodiscard]] Result<> open_listener(twin::SharedState& state);

/// Tells the caller how the start went.
void tell_caller(const twin::Launch& launch, const twin::StartReport& report);

} // namespace outlast::keeper
