// Signals as descriptors; the mask and the dispositions that a job inherits.
#pragma once

#include "base/result.hpp"
#include "sys/unique_fd.hpp"

#include <csignal>
#include <initializer_list>
#include <optional>

namespace outlast::sys {

/// Blocks every signal of this thread; returns the mask from before.
sigset_t block_all_signals() noexcept;
/// The same for some.
sigset_t block_signals(std::initializer_list<int> signals) noexcept;

/// Blocks SIGPIPE and SIGXFSZ, so that a closed pipe or a limit on file sizes is an error of
/// write(2) and nothing else; a disposition would be inherited by the job. To be called first of
/// all: `callers_signal_mask` is the mask from before.
void hold_back_sigpipe() noexcept;
[[nodiscard]] const sigset_t& callers_signal_mask() noexcept;

/// A signalfd(2) for `signals` (which the caller has blocked), non-blocking.
[[nodiscard]] Result<UniqueFd> open_signal_fd(std::initializer_list<int> signals);

/// The next pending signal of a signalfd, if any.
[[nodiscard]] std::optional<int> take_signal(int signal_fd) noexcept;

} // namespace outlast::sys
