// Spans of time, sizes and moments, as people write and read them.
#include "base/duration.hpp"

#include "base/text.hpp"

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace outlast {
namespace {

struct Unit {
    std::string_view name;
    double factor;
};

constexpr double second = 1e9;
constexpr std::array<Unit, 22> time_units{{{"ns", 1},
                                           {"us", 1e3},
                                           {"ms", 1e6},
                                           {"s", second},
                                           {"sec", second},
                                           {"secs", second},
                                           {"second", second},
                                           {"seconds", second},
                                           {"m", 60 * second},
                                           {"min", 60 * second},
                                           {"mins", 60 * second},
                                           {"minute", 60 * second},
                                           {"minutes", 60 * second},
                                           {"h", 3600 * second},
                                           {"hr", 3600 * second},
                                           {"hour", 3600 * second},
                                           {"hours", 3600 * second},
                                           {"d", 86400 * second},
                                           {"day", 86400 * second},
                                           {"days", 86400 * second},
                                           {"w", 604800 * second},
                                           {"weeks", 604800 * second}}};

std::optional<double> take_number(std::string_view& text) {
    double value = 0;
    const auto [rest, failure] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (failure != std::errc() || value < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    return value;
}

std::string_view take_word(std::string_view& text) {
    std::size_t length = 0;
    while (length < text.size() && std::isalpha(static_cast<unsigned char>(text[length])) != 0) {
        ++length;
    }
    const std::string_view word = text.substr(0, length);
    text.remove_prefix(length);
    return word;
}

std::optional<double> unit_factor(std::string_view name) {
    if (name.empty()) return second;
    for (const Unit& unit : time_units) {
        if (unit.name == name) return unit.factor;
    }
    return std::nullopt;
}

std::tm local_time(Nanoseconds moment) {
    const std::time_t seconds = static_cast<std::time_t>(moment / ns_per_second);
    std::tm parts{};
    localtime_r(&seconds, &parts);
    return parts;
}

Nanoseconds midnight(Nanoseconds now, int days_back) {
    std::tm parts = local_time(now);
    parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
    parts.tm_mday -= days_back;
    parts.tm_isdst = -1;
    return static_cast<Nanoseconds>(std::mktime(&parts)) * ns_per_second;
}

/// Fills hour, minute, second from "HH:MM[:SS[.fraction]]"; returns the fraction in ns.
std::optional<Nanoseconds> read_clock(std::string_view text, std::tm& parts) {
    const auto fields = split(text, ':');
    if (fields.size() < 2 || fields.size() > 3) return std::nullopt;
    const auto hour = parse_u64(fields[0]);
    const auto minute = parse_u64(fields[1]);
    if (!hour || !minute || *hour > 24 || *minute > 59) return std::nullopt;
    double seconds = 0;
    if (fields.size() == 3) {
        std::string_view rest = fields[2];
        const auto value = take_number(rest);
        if (!value || !rest.empty() || *value >= 61) return std::nullopt;
        seconds = *value;
    }
    parts.tm_hour = static_cast<int>(*hour);
    parts.tm_min = static_cast<int>(*minute);
    parts.tm_sec = static_cast<int>(seconds);
    return static_cast<Nanoseconds>((seconds - std::floor(seconds)) * second);
}

bool read_date(std::string_view text, std::tm& parts) {
    const auto fields = split(text, '-');
    if (fields.size() != 3 || fields[0].size() != 4) return false;
    const auto year = parse_u64(fields[0]);
    const auto month = parse_u64(fields[1]);
    const auto day = parse_u64(fields[2]);
    if (!year || !month || !day || *month < 1 || *month > 12 || *day < 1 || *day > 31) return false;
    parts.tm_year = static_cast<int>(*year) - 1900;
    parts.tm_mon = static_cast<int>(*month) - 1;
    parts.tm_mday = static_cast<int>(*day);
    return true;
}

std::optional<Nanoseconds> parse_calendar(std::string_view text, Nanoseconds now) {
    const bool utc = !text.empty() && text.back() == 'Z';
    if (utc) text.remove_suffix(1);
    std::tm parts = local_time(now);
    parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
    Nanoseconds fraction = 0;
    const std::size_t gap = text.find_first_of(" T");
    std::string_view clock = text;
    if (gap != std::string_view::npos || text.find(':') == std::string_view::npos) {
        const std::string_view day = text.substr(0, gap);
        clock = gap == std::string_view::npos ? std::string_view() : text.substr(gap + 1);
        if (day == "yesterday" || day == "today")
            parts = local_time(midnight(now, day == "today" ? 0 : 1));
        else if (!read_date(day, parts)) return std::nullopt;
    }
    if (!clock.empty()) {
        const auto part = read_clock(trim(clock), parts);
        if (!part) return std::nullopt;
        fraction = *part;
    }
    parts.tm_isdst = -1;
    const std::time_t seconds = utc ? timegm(&parts) : std::mktime(&parts);
    return static_cast<Nanoseconds>(seconds) * ns_per_second + fraction;
}

std::string format_two(std::int64_t big, const char* big_unit, std::int64_t small,
                       const char* small_unit) {
    std::string text = std::to_string(big) + big_unit;
    if (small > 0) text += " " + std::to_string(small) + small_unit;
    return text;
}

} // namespace

std::optional<Nanoseconds> parse_duration(std::string_view text) {
    text = trim(text);
    if (text.empty()) return std::nullopt;
    double total = 0;
    while (!text.empty()) {
        const auto value = take_number(text);
        if (!value) return std::nullopt;
        text = trim(text);
        const auto factor = unit_factor(take_word(text));
        if (!factor) return std::nullopt;
        total += *value * *factor;
        text = trim(text);
    }
    if (total > 9e18) return std::nullopt;
    return static_cast<Nanoseconds>(total);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    text = trim(text);
    const auto value = take_number(text);
    if (!value) return std::nullopt;
    text = trim(text);
    double factor = 1;
    if (!text.empty()) {
        constexpr std::string_view letters = "bkmgtp";
        const char letter =
            static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
        const std::size_t power = letters.find(letter);
        if (power == std::string_view::npos) return std::nullopt;
        const std::string_view tail = text.substr(1);
        if (!tail.empty() && tail != "B" && tail != "iB" && tail != "b") return std::nullopt;
        if (power == 0 && !tail.empty()) return std::nullopt;
        factor = std::pow(1024.0, static_cast<double>(power));
    }
    if (*value * factor > 1.8e19) return std::nullopt;
    return static_cast<std::uint64_t>(*value * factor);
}

std::string format_duration(Nanoseconds span) {
    if (span < 0) span = 0;
    const std::int64_t seconds = span / ns_per_second;
    if (span < ns_per_second) return std::to_string(span / ns_per_ms) + "ms";
    if (seconds < 60) return std::to_string(seconds) + "s";
    if (seconds < 3600) return format_two(seconds / 60, "m", seconds % 60, "s");
    if (seconds < 86400) return format_two(seconds / 3600, "h", seconds % 3600 / 60, "m");
    return format_two(seconds / 86400, "d", seconds % 86400 / 3600, "h");
}

std::string format_size(std::uint64_t bytes) {
    constexpr std::array<const char*, 6> units{"B", "KB", "MB", "GB", "TB", "PB"};
    if (bytes < 1024) return std::to_string(bytes) + " B";
    double value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1024 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f %s", value, units[unit]);
    return text.data();
}

std::optional<Nanoseconds> parse_moment(std::string_view text, Nanoseconds now) {
    text = trim(text);
    if (text == "now") return now;
    if (text.starts_with('@')) {
        std::string_view rest = text.substr(1);
        const auto value = take_number(rest);
        if (!value || !rest.empty() || *value * second > 9e18) return std::nullopt;
        return static_cast<Nanoseconds>(*value * second);
    }
    if (text.starts_with('-')) {
        const auto span = parse_duration(text.substr(1));
        return span ? std::optional(now - *span) : std::nullopt;
    }
    constexpr std::string_view ago = "ago";
    if (text.ends_with(ago)) {
        const auto span = parse_duration(text.substr(0, text.size() - ago.size()));
        return span ? std::optional(now - *span) : std::nullopt;
    }
    if (const auto moment = parse_calendar(text, now)) return moment;
    // "30m" alone is what people type for "30 minutes ago".
    const auto span = parse_duration(text);
    return span && std::isalpha(static_cast<unsigned char>(text.back())) != 0
               ? std::optional(now - *span)
               : std::nullopt;
}

std::string format_moment(Nanoseconds moment, Nanoseconds now) {
    const std::tm parts = local_time(moment);
    const std::tm today = local_time(now);
    const bool same_day = parts.tm_year == today.tm_year && parts.tm_yday == today.tm_yday;
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), same_day ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &parts);
    return text.data();
}

std::string format_rfc3339(Nanoseconds moment) {
    const std::time_t seconds = static_cast<std::time_t>(moment / ns_per_second);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::array<char, 48> full{};
    std::snprintf(full.data(), full.size(), "%s.%03dZ", text.data(),
                  static_cast<int>(moment % ns_per_second / ns_per_ms));
    return full.data();
}

} // namespace outlast
