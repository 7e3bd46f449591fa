// A control sequence, taken apart.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace outlast::terminal {

/// CSI or DCS with its parameters (ECMA-48, 5.4), or an escape sequence without any. Parameters
/// that are left out are -1. Sub-parameters (4:3) follow theirs, with `is_sub` set.
struct Sequence {
    static constexpr std::size_t most_parameters = 32;
    static constexpr int most = 65535; ///< larger values are taken for this

    char prefix = 0;               ///< one of < = > ? or 0
    std::array<char, 2> between{}; ///< intermediate bytes, 0x20 to 0x2F
    std::uint8_t between_count = 0;
    char final = 0;
    std::uint8_t count = 0;
    // Those before `count` are set; to clear the others would be most of the work of a short one.
    std::array<int, most_parameters> values;
    std::array<bool, most_parameters> is_sub;

    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init,modernize-use-equals-default)
    Sequence() noexcept {}

    /// Parameter `number`, or `fallback` where it is left out.
    [[nodiscard]] int value(std::size_t number, int fallback) const noexcept {
        return number < count && values[number] >= 0 ? values[number] : fallback;
    }
    /// For counts: 0 means 1, as nearly everywhere.
    [[nodiscard]] unsigned times(std::size_t number = 0) const noexcept {
        const int found = value(number, 1);
        return static_cast<unsigned>(found == 0 ? 1 : found);
    }
    void begin_parameter(bool sub) noexcept {
        values[count] = -1;
        is_sub[count] = sub;
        ++count;
    }
    [[nodiscard]] std::string_view intermediates() const noexcept {
        return {between.data(), between_count};
    }
};

} // namespace outlast::terminal
