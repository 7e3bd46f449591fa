// The configuration: config.toml, and an environment variable for each key.
#pragma once

#include <string>
#include <string_view>

namespace outlast::cli {

/// The value of `key` as text: `OUTLAST_KEY` (upper case) wins over
/// `$XDG_CONFIG_HOME/outlast/config.toml`, which wins over the default. A file that cannot be
/// parsed is reported once on stderr and ignored.
[[nodiscard]] std::string setting(std::string_view key);

} // namespace outlast::cli
