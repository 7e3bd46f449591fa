// How far a job is, by what its last line says.
#include "cli/progress.hpp"

#include <cctype>
#include <charconv>

namespace outlast::cli {
namespace {

bool is_digit(char sign) { return std::isdigit(static_cast<unsigned char>(sign)) != 0; }

/// A clock-like span (0:04, 01:23:45) or a word for one: the program estimates better than we do.
bool tells_time_left(std::string_view line) {
    for (const std::string_view word : {"ETA", "eta", "left", "remaining"}) {
        if (line.find(word) != std::string_view::npos) return true;
    }
    for (std::size_t at = 1; at + 2 < line.size(); ++at) {
        if (line[at] == ':' && is_digit(line[at - 1]) && is_digit(line[at + 1]) &&
            is_digit(line[at + 2]))
            return true;
    }
    return false;
}

} // namespace

std::optional<double> find_percentage(std::string_view line) {
    constexpr double all = 100.0;
    for (std::size_t sign = line.rfind('%'); sign != std::string_view::npos && sign > 0;
         sign = line.rfind('%', sign - 1)) {
        std::size_t end = sign;
        if (line[end - 1] == ' ') --end;
        std::size_t start = end;
        while (start > 0 && (is_digit(line[start - 1]) || line[start - 1] == '.')) --start;
        if (start == end || (start > 0 && line[start - 1] == '-')) continue;
        double value = 0;
        const auto [rest, failure] = std::from_chars(line.data() + start, line.data() + end, value);
        if (failure == std::errc() && rest == line.data() + end && value <= all) return value;
    }
    return std::nullopt;
}

std::optional<Nanoseconds> estimate_left(double percentage, Nanoseconds elapsed) {
    constexpr double all = 100.0;
    if (percentage < 1.0 || percentage >= all || elapsed <= 0) return std::nullopt;
    return static_cast<Nanoseconds>(static_cast<double>(elapsed) * (all - percentage) / percentage);
}

std::string progress_hint(std::string_view line, Nanoseconds elapsed) {
    const auto percentage = find_percentage(line);
    if (!percentage || tells_time_left(line)) return {};
    const auto left = estimate_left(*percentage, elapsed);
    return left ? "~" + format_duration(*left) + " left" : std::string();
}

} // namespace outlast::cli
