// The rows of one screen, as a ring, so that scrolling moves no cells.
#pragma once

#include "terminal/row.hpp"
#include "terminal/size.hpp"

#include <cstdint>
#include <vector>

namespace outlast::terminal {

class Grid {
public:
    explicit Grid(Size size);

    [[nodiscard]] std::uint16_t rows() const noexcept {
        return static_cast<std::uint16_t>(m_rows.size());
    }
    [[nodiscard]] std::uint16_t columns() const noexcept { return m_columns; }
    [[nodiscard]] Row& row(std::uint16_t number) noexcept { return m_rows[place(number)]; }
    [[nodiscard]] const Row& row(std::uint16_t number) const noexcept {
        return m_rows[place(number)];
    }

    /// Whether the text of this row goes on in the next one. A row whose last cell was left empty,
    /// because a wide character did not fit, counts while that character is still there.
    [[nodiscard]] bool wraps(std::uint16_t number) const noexcept;

    /// The rows `top` to `bottom` (included) move up by one; the first comes back, not cleared, as
    /// the last.
    void rotate_up(std::uint16_t top, std::uint16_t bottom) noexcept;
    void rotate_down(std::uint16_t top, std::uint16_t bottom) noexcept;

    /// Rows that are too many go at the end, missing ones are empty; columns likewise.
    void cut(Size size);
    /// Takes these rows (as many as it has rows or fewer); what is missing is empty.
    void assign(Size size, std::vector<Row> rows);
    void clear() noexcept;

private:
    [[nodiscard]] std::size_t place(std::uint16_t number) const noexcept {
        const std::size_t place = m_first + number;
        return place < m_rows.size() ? place : place - m_rows.size();
    }

    std::vector<Row> m_rows;
    std::size_t m_first = 0;
    std::uint16_t m_columns;
};

} // namespace outlast::terminal
