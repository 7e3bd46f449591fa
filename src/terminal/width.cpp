// How many columns a character takes.
#include "terminal/width.hpp"

#include "terminal/width_tables.hpp"

#include <algorithm>

namespace outlast::terminal {
namespace {

template <std::size_t N>
bool holds(const std::array<CodeRange, N>& ranges, std::uint32_t code) noexcept {
    const auto found = std::lower_bound(
        ranges.begin(), ranges.end(), code,
        [](const CodeRange& range, std::uint32_t wanted) { return range.last < wanted; });
    return found != ranges.end() && found->first <= code;
}

constexpr std::uint32_t first_combining = 0x300;
constexpr std::uint32_t first_wide = 0x1100;

/// The ideographs and syllables that most wide text is made of, found without a search.
bool is_common_wide(std::uint32_t code) noexcept {
    return (code >= 0x3041 && code <= 0x3096) || (code >= 0x30A1 && code <= 0x30FF) ||
           (code >= 0x4E00 && code <= 0x9FFF) || (code >= 0xAC00 && code <= 0xD7A3);
}

} // namespace

int width_of(std::uint32_t code) noexcept {
    if (code < first_combining) return code == 0 ? 0 : 1;
    if (is_common_wide(code)) return 2;
    if (holds(zero_ranges, code)) return 0;
    return code >= first_wide && holds(wide_ranges, code) ? 2 : 1;
}

} // namespace outlast::terminal
