// One cell of a terminal's screen, and how it looks.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

namespace outlast::terminal {

/// 0: the terminal's default; 1 << 24 | index: of the palette of 256; 2 << 24 | 0xRRGGBB.
using Color = std::uint32_t;
constexpr Color default_color = 0;
constexpr Color palette_mark = 1U << 24;
constexpr Color rgb_mark = 2U << 24;
[[nodiscard]] constexpr bool is_palette(Color color) noexcept { return color >> 24 == 1; }
[[nodiscard]] constexpr bool is_rgb(Color color) noexcept { return color >> 24 == 2; }

/// Bits of Style::attributes. The three bits from `underline_shift` on are the underline's style:
/// 0 none, 1 single, 2 double, 3 curly, 4 dotted, 5 dashed (SGR 4:n).
enum Attribute : std::uint16_t {
    bold = 1U << 0,
    dim = 1U << 1,
    italic = 1U << 2,
    blink = 1U << 3,
    reverse = 1U << 4,
    conceal = 1U << 5,
    strike = 1U << 6,
    overline = 1U << 7,
    guarded = 1U << 8, ///< DECSCA: selective erase leaves it
};
constexpr unsigned underline_shift = 9;
constexpr std::uint16_t underline_mask = 7U << underline_shift;

struct Style {
    Color foreground = default_color;
    Color background = default_color;
    std::uint16_t attributes = 0;
    std::uint16_t extra = 0; ///< in the ExtraTable: underline colour and link; 0: neither

    // As memory: two comparisons instead of four.
    friend bool operator==(const Style& a, const Style& b) noexcept {
        return std::memcmp(&a, &b, sizeof a) == 0;
    }
};

static_assert(std::has_unique_object_representations_v<Style>);

/// `glyph` is 0 for a cell that was erased and not written since, else a code point, or, with
/// `cluster_flag`, an index into the ClusterTable (a base with combining characters). A wide
/// character takes two cells: the first has `wide_flag`, the second is `tail_flag` alone.
struct Cell {
    std::uint32_t glyph = 0;
    Style style;

    static constexpr std::uint32_t wide_flag = 1U << 31;
    static constexpr std::uint32_t tail_flag = 1U << 30;
    static constexpr std::uint32_t cluster_flag = 1U << 29;
    static constexpr std::uint32_t value_mask = 0x1FFFFF;

    [[nodiscard]] bool is_wide() const noexcept { return (glyph & wide_flag) != 0; }
    [[nodiscard]] bool is_tail() const noexcept { return (glyph & tail_flag) != 0; }
    [[nodiscard]] bool is_cluster() const noexcept { return (glyph & cluster_flag) != 0; }
    [[nodiscard]] std::uint32_t value() const noexcept { return glyph & value_mask; }

    friend bool operator==(const Cell&, const Cell&) = default;
};
static_assert(sizeof(Cell) == 16);

} // namespace outlast::terminal
