// The configuration: config.toml, and an environment variable for each key.
#pragma once

#include "base/duration.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace outlast::cli {

/// A key as it is in force: `OUTLAST_KEY` (upper case) wins over the file, which wins over the
/// default.
struct Setting {
    std::string key;
    std::string value; ///< as text, checked
    std::string
        source; ///< "default", "OUTLAST_LOG_MAX", or "/home/u/.config/outlast/config.toml:3"
};

/// All keys, in the order of the manual. Read once. A value that is not understood, a key that does
/// not exist and a file that cannot be parsed are told on stderr, once, with file and line; the
/// next source counts then.
[[nodiscard]] std::span<const Setting> settings();

/// The value of `key` as text; empty for a key that there is not.
[[nodiscard]] std::string setting(std::string_view key);
[[nodiscard]] std::uint64_t size_setting(std::string_view key);
[[nodiscard]] Nanoseconds duration_setting(std::string_view key);
[[nodiscard]] std::uint64_t number_setting(std::string_view key);

/// `$OUTLAST_CONFIG`, else `$XDG_CONFIG_HOME/outlast/config.toml`, else
/// `~/.config/outlast/config.toml`; empty without a home.
[[nodiscard]] std::string config_path();

/// What there is to know of a key.
struct KnownKey {
    const char* name;
    const char* otherwise; ///< the default
    const char* wanted;    ///< what a value looks like: "a size such as 4G"
    bool (*is_good)(const std::string& value);
};
[[nodiscard]] std::span<const KnownKey> known_keys();

/// From the text of a file called `path`: the settings in it, and the warnings. For tests.
struct ParsedConfig {
    std::vector<Setting> settings;
    std::vector<std::string> warnings;
};
[[nodiscard]] ParsedConfig parse_config(const std::string& text, const std::string& path);

} // namespace outlast::cli
