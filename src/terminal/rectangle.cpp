// Operations on rectangles (VT420: DECFRA, DECERA, DECSERA, DECCRA).
#include "terminal/screen.hpp"
#include "terminal/width.hpp"

#include <algorithm>

namespace outlast::terminal {
namespace {} // namespace

void Screen::fill_rectangle(const Rectangle& where, std::uint32_t code) {
    if (code < ' ' || (code >= 0x7F && code < 0xA0) || width_of(code) != 1) return;
    for (unsigned number = where.top; number <= where.bottom; ++number) {
        Row& line = grid().row(narrow(number));
        split_wide(line, where.left, where.right + 1U);
        line.reach(where.left);
        for (unsigned column = where.left; column <= where.right; ++column)
            line.cells[column] = {code, pen.style};
        line.used = narrow(std::max<unsigned>(line.used, where.right + 1U));
        line.styled = true;
    }
}

void Screen::erase_rectangle(const Rectangle& where, Selective selective) {
    for (unsigned number = where.top; number <= where.bottom; ++number)
        erase_cells(grid().row(narrow(number)), where.left, where.right + 1U, selective);
}

void Screen::copy_rectangle(const Rectangle& from, std::uint16_t row, std::uint16_t column) {
    const unsigned width = std::min<unsigned>(from.right - from.left + 1U, size.columns - column);
    const unsigned height = std::min<unsigned>(from.bottom - from.top + 1U, size.rows - row);
    std::vector<Cell> cells;
    for (unsigned i = 0; i < height; ++i) {
        const Row& source = grid().row(narrow(from.top + i));
        for (unsigned j = 0; j < width; ++j) cells.push_back(source.at(narrow(from.left + j)));
        // A wide character that is cut in half is copied as a blank.
        Cell& first = cells[cells.size() - width];
        if (first.is_tail()) first.glyph = ' ';
        if (cells.back().is_wide()) cells.back().glyph = ' ';
    }
    for (unsigned i = 0; i < height; ++i) {
        Row& target = grid().row(narrow(row + i));
        split_wide(target, column, column + width);
        target.reach(column);
        std::copy_n(cells.begin() + static_cast<std::ptrdiff_t>(std::size_t{i} * width), width,
                    target.cells.begin() + static_cast<std::ptrdiff_t>(column));
        target.used = narrow(std::max<unsigned>(target.used, column + width));
        target.styled = true;
        if (column + width == size.columns) target.wrapped = false;
    }
}

} // namespace outlast::terminal
