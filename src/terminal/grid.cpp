// The rows of one screen.
#include "terminal/grid.hpp"

#include <algorithm>
#include <utility>

namespace outlast::terminal {

Grid::Grid(Size size) : m_rows(size.rows, Row(size.columns)), m_columns(size.columns) {}

bool Grid::wraps(std::uint16_t number) const noexcept {
    const Row& here = row(number);
    if (!here.leaves_place()) return here.wrapped;
    return number + 1U < m_rows.size() &&
           row(static_cast<std::uint16_t>(number + 1)).at(0).is_wide();
}

void Grid::rotate_up(std::uint16_t top, std::uint16_t bottom) noexcept {
    if (top == 0 && bottom + 1U == m_rows.size()) {
        m_first = m_first + 1 < m_rows.size() ? m_first + 1 : 0;
        return;
    }
    for (std::uint16_t number = top; number < bottom; ++number)
        std::swap(row(number), row(static_cast<std::uint16_t>(number + 1)));
}

void Grid::rotate_down(std::uint16_t top, std::uint16_t bottom) noexcept {
    if (top == 0 && bottom + 1U == m_rows.size()) {
        m_first = m_first > 0 ? m_first - 1 : m_rows.size() - 1;
        return;
    }
    for (std::uint16_t number = bottom; number > top; --number)
        std::swap(row(number), row(static_cast<std::uint16_t>(number - 1)));
}

void Grid::cut(Size size) {
    std::rotate(m_rows.begin(), m_rows.begin() + static_cast<std::ptrdiff_t>(m_first),
                m_rows.end());
    m_first = 0;
    m_columns = size.columns;
    m_rows.resize(size.rows, Row(size.columns));
    for (Row& row : m_rows) {
        if (row.cells.size() != size.columns) row.wrapped = false;
        row.cells.resize(size.columns);
        row.used = std::min(row.used, size.columns);
        // Half of a wide character is none.
        if (row.used > 0 && row.cells[row.used - 1U].is_wide()) {
            Cell& half = row.cells[row.used - 1U];
            half = {0, {default_color, half.style.background, 0, 0}};
        }
    }
    m_rows.back().wrapped = false;
}

void Grid::assign(Size size, std::vector<Row> rows) {
    m_first = 0;
    m_columns = size.columns;
    m_rows = std::move(rows);
    m_rows.resize(size.rows, Row(size.columns));
}

void Grid::clear() noexcept {
    for (Row& row : m_rows) row.clear();
}

} // namespace outlast::terminal
