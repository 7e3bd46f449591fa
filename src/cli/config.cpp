// The configuration.
#include "cli/config.hpp"

#include "attach/prefix_keys.hpp"
#include "base/text.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <unistd.h>

namespace outlast::cli {
namespace {

constexpr std::uint64_t smallest_log = std::uint64_t{64} << 10;

bool is_prefix(const std::string& value) { return attach::PrefixKeys::parse(value).has_value(); }
bool is_log_size(const std::string& value) { return parse_size(value).value_or(0) >= smallest_log; }
bool is_span(const std::string& value) { return parse_duration(value).has_value(); }
bool is_days(const std::string& value) {
    constexpr std::uint64_t most = 36500;
    return parse_u64(value).value_or(most + 1) <= most;
}
bool is_color(const std::string& value) {
    return value == "auto" || value == "always" || value == "never";
}
bool is_yes_or_no(const std::string& value) { return value == "true" || value == "false"; }

constexpr std::array<KnownKey, 6> keys{{
    {"prefix", "C-\\", "a control key such as \"C-b\"", is_prefix},
    {"log_max", "4G", "a size of 64K or more such as \"4G\"", is_log_size},
    {"stop_grace", "10s", "a span of time such as \"10s\"", is_span},
    {"keep_days", "30", "a number of days (0: for ever)", is_days},
    {"hold_agent", "false", "true or false", is_yes_or_no},
    {"color", "auto", "\"auto\", \"always\" or \"never\"", is_color},
}};

std::string environment_name(std::string_view key) {
    std::string name = "OUTLAST_";
    for (const char sign : key)
        name += static_cast<char>(std::toupper(static_cast<unsigned char>(sign)));
    return name;
}

void warn(const std::string& text) {
    (void)sys::write_all(STDERR_FILENO, "outlast: warning: " + text + "\n");
}

ParsedConfig read_config() {
    constexpr std::size_t largest = std::size_t{1} << 20;
    const std::string path = config_path();
    if (path.empty()) return {};
    const auto text = sys::read_file(path, largest);
    if (text) return parse_config(*text, path);
    ParsedConfig parsed;
    const bool missing = text.error().is_errno(ENOENT) || text.error().is_errno(ENOTDIR);
    if (!missing || std::getenv("OUTLAST_CONFIG") != nullptr)
        parsed.warnings.push_back(printable_line(path) + ": " + text.error().code.message());
    return parsed;
}

std::vector<Setting> read_settings() {
    ParsedConfig file = read_config();
    for (const std::string& warning : file.warnings) warn(warning);
    std::vector<Setting> all;
    for (const KnownKey& key : keys) {
        Setting setting{key.name, key.otherwise, "default"};
        const auto in_file =
            std::find_if(file.settings.begin(), file.settings.end(),
                         [&](const Setting& each) { return each.key == key.name; });
        if (in_file != file.settings.end()) setting = *in_file;
        const std::string variable = environment_name(key.name);
        const char* value = std::getenv(variable.c_str());
        if (value != nullptr && *value != '\0') {
            if (key.is_good(value)) setting = {key.name, value, variable};
            else warn(variable + " must be " + key.wanted + "; it is left out");
        }
        all.push_back(std::move(setting));
    }
    return all;
}

} // namespace

std::span<const KnownKey> known_keys() { return keys; }

std::string config_path() {
    if (const char* own = std::getenv("OUTLAST_CONFIG"); own != nullptr && *own != '\0') return own;
    // XDG Base Directory Specification: a relative path is invalid and must be ignored.
    if (const char* xdg = std::getenv("XDG_CONFIG_HOME"); xdg != nullptr && *xdg == '/')
        return std::string(xdg) + "/outlast/config.toml";
    if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
        return std::string(home) + "/.config/outlast/config.toml";
    return {};
}

std::span<const Setting> settings() {
    static const std::vector<Setting> all = read_settings();
    return all;
}

std::string setting(std::string_view key) {
    for (const Setting& each : settings()) {
        if (each.key == key) return each.value;
    }
    return {};
}

std::uint64_t size_setting(std::string_view key) { return parse_size(setting(key)).value_or(0); }

Nanoseconds duration_setting(std::string_view key) {
    return parse_duration(setting(key)).value_or(0);
}

std::uint64_t number_setting(std::string_view key) { return parse_u64(setting(key)).value_or(0); }

} // namespace outlast::cli
