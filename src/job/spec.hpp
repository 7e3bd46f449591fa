// The spec: what the user asked for. It never changes.
#pragma once

#include "base/duration.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace outlast::job {

struct Spec {
    std::vector<std::string> command;   ///< the words as the user gave them
    std::vector<std::string> arguments; ///< the exact argv that runs (a shell for a command string)
    std::string directory;
    std::vector<std::string> environment; ///< NAME=value
    bool terminal = false;
    bool keeps_log = true;
    bool separate_stderr = false;
    std::uint64_t log_max = default_log_max;
    Nanoseconds timeout = 0; ///< 0: none
    int stop_signal = 15;
    Nanoseconds stop_grace = 10 * ns_per_second;
    std::vector<std::string> tags;
    std::string key;
    bool pinned_size = false;
    std::uint16_t rows = 0, columns = 0; ///< of a terminal, 0: as the caller's, else 24×80
    std::string input;                   ///< "terminal", "null", "pipe", or the path of a file
    int nice = 0;
    /// Variables that the caller had and whose value becomes a path that leads to the newest
    /// viewer's: of "SSH_AUTH_SOCK" and "WAYLAND_DISPLAY".
    std::vector<std::string> stable_paths;
    bool hold_agent = false; ///< with nobody attached, connections to the agent wait

    static constexpr std::uint64_t default_log_max = std::uint64_t{4} << 30;
};

/// spec.json (docs/on-disk-format.md).
[[nodiscard]] std::string render_spec(const Spec& spec);
/// `damaged` when the text is not a spec.
[[nodiscard]] Result<Spec> parse_spec(const std::string& text);

/// The command as one line a shell would take; at most `limit` bytes.
[[nodiscard]] std::string command_line(const std::vector<std::string>& words,
                                       std::size_t limit = 1000);

/// A name from the command: "migrate" for ./migrate.sh, "train" for `python3 train.py`; lower-case
/// letters, digits,
/// '-', '_' and '.', at most 32; never empty, never only digits.
[[nodiscard]] std::string derive_name(const std::vector<std::string>& words);

/// Whether `name` may be given with -n: 1 to 64 of [A-Za-z0-9._-], not starting with '-' or '.',
/// not only digits.
[[nodiscard]] Result<> check_name(const std::string& name);

} // namespace outlast::job
