// One row of a screen.
#pragma once

#include "terminal/cell.hpp"

#include <cstdint>
#include <vector>

namespace outlast::terminal {

/// DECSWL, DECDWL, DECDHL (ECMA-48 has none of them): ESC # 5, 6, 3, 4.
enum class LineSize : std::uint8_t { single, double_width, double_top, double_bottom };

/// Cells from `used` on are erased with the default style, whatever their memory holds: a new row
/// costs nothing, and a short line only its text.
struct Row {
    std::vector<Cell> cells; ///< as many as the screen has columns
    std::uint16_t used = 0;
    /// The text goes on in the next row without a line end between. Then the last cell holds a
    /// character, or is left empty in the default style, because a wide one did not fit.
    bool wrapped = false;
    bool styled = false; ///< may hold more than ASCII in the default style
    LineSize size = LineSize::single;
    char mark = 0; ///< OSC 133: the kind of the prompt mark that was set here, or 0

    explicit Row(std::uint16_t columns) : cells(columns) {}

    /// The cell as it is; an erased one behind `used`.
    [[nodiscard]] Cell at(std::uint16_t column) const noexcept {
        return column < used ? cells[column] : Cell();
    }
    [[nodiscard]] bool leaves_place() const noexcept {
        return wrapped && at(static_cast<std::uint16_t>(cells.size() - 1)).glyph == 0;
    }
    /// Makes the cells before `column` real.
    void reach(std::uint16_t column) noexcept {
        for (; used < column; ++used) cells[used] = Cell();
    }
    void clear() noexcept {
        used = 0;
        wrapped = styled = false;
        size = LineSize::single;
        mark = 0;
    }
};

} // namespace outlast::terminal
