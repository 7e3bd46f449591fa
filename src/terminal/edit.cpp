// Erasing, inserting, deleting and scrolling.
#include "terminal/screen.hpp"

#include <algorithm>

namespace outlast::terminal {
namespace {} // namespace

void Screen::erase_cells(Row& row, unsigned from, unsigned to, Selective selective) {
    const unsigned columns = size.columns;
    to = std::min(to, columns);
    if (from >= to) return;
    if (to == columns && selective == Selective::no) row.wrapped = false;
    const bool plain = pen.style.background == default_color;
    if (selective == Selective::yes) {
        for (unsigned i = from; i < std::min<unsigned>(to, row.used); ++i) {
            Cell& cell = row.cells[i];
            if ((cell.style.attributes & guarded) != 0) continue;
            split_wide(row, i, i + 1);
            cell = {cell.glyph == 0 ? 0U : ' ', cell.style};
        }
        return;
    }
    split_wide(row, from, to);
    if (plain && to >= row.used) row.used = narrow(std::min<unsigned>(row.used, from));
    else empty_cells(row, from, to);
}

/// What is there now is of no account: it has been moved away.
void Screen::empty_cells(Row& row, unsigned from, unsigned to) const {
    row.reach(narrow(from));
    const Cell empty = blank();
    for (unsigned i = from; i < to; ++i) row.cells[i] = empty;
    row.used = narrow(std::max<unsigned>(row.used, to));
    row.styled = true;
}

void Screen::erase_in_line(unsigned what, Selective selective) {
    const unsigned at = cursor.column;
    if (what == 0) erase_cells(row(), at, size.columns, selective);
    if (what == 1) erase_cells(row(), 0, at + 1, selective);
    if (what == 2) erase_cells(row(), 0, size.columns, selective);
    cursor.pending = false;
}

void Screen::erase_in_display(unsigned what, Selective selective) {
    const auto erase_rows = [&](unsigned from, unsigned to) {
        for (unsigned number = from; number < to; ++number) {
            Row& line = grid().row(narrow(number));
            if (selective == Selective::no) line.clear();
            erase_cells(line, 0, size.columns, selective);
        }
    };
    const bool whole = what == 2 || (what == 0 && cursor.row == 0 && cursor.column == 0);
    if (whole && shown == 0 && listener != nullptr) listener->on_main_erased();
    if (what == 0) {
        erase_in_line(0, selective);
        erase_rows(cursor.row + 1U, size.rows);
    }
    if (what == 1) {
        erase_rows(0, cursor.row);
        erase_in_line(1, selective);
    }
    if (what == 2) erase_rows(0, size.rows);
    if (what == 3) history.clear();
    if (what != 3) cursor.pending = false;
}

void Screen::erase_characters(unsigned count) {
    erase_cells(row(), cursor.column, cursor.column + std::min<unsigned>(count, size.columns));
    cursor.pending = false;
}

/// Cells move within [from, to) of a row.
static void shift(Row& row, unsigned from, unsigned to, unsigned count, bool to_the_right) {
    row.reach(static_cast<std::uint16_t>(to));
    const auto begin = row.cells.begin();
    const auto at = [&](unsigned column) { return begin + static_cast<std::ptrdiff_t>(column); };
    if (to_the_right) std::move_backward(at(from), at(to - count), at(to));
    else std::move(at(from + count), at(to), at(from));
}

void Screen::insert_characters(unsigned count) {
    cursor.pending = false;
    if (cursor.column < margins.left || cursor.column > margins.right) return;
    Row& line = row();
    const unsigned to = margins.right + 1U;
    count = std::min(count, to - cursor.column);
    if (count == 0) return;
    split_wide(line, cursor.column, to);
    split_wide(line, to - count, to);
    shift(line, cursor.column, to, count, true);
    empty_cells(line, cursor.column, cursor.column + count);
    line.wrapped = false;
}

void Screen::delete_characters(unsigned count) {
    cursor.pending = false;
    if (cursor.column < margins.left || cursor.column > margins.right) return;
    Row& line = row();
    const unsigned to = margins.right + 1U;
    count = std::min(count, to - cursor.column);
    if (count == 0) return;
    split_wide(line, cursor.column, cursor.column + count);
    split_wide(line, cursor.column, to);
    shift(line, cursor.column, to, count, false);
    empty_cells(line, to - count, to);
    line.wrapped = false;
}

void Screen::insert_lines(unsigned count) {
    if (!in_margins()) return;
    count = std::min(count, margins.bottom - cursor.row + 1U);
    scroll_region_down(cursor.row, margins.bottom, count);
    cursor.column = margins.left;
    cursor.pending = false;
}

void Screen::delete_lines(unsigned count) {
    if (!in_margins()) return;
    count = std::min(count, margins.bottom - cursor.row + 1U);
    if (margins.left == 0 && margins.right + 1U == size.columns) {
        // Deleted is not scrolled off: the history gets none of it.
        for (unsigned i = 0; i < count; ++i) {
            grid().rotate_up(cursor.row, margins.bottom);
            Row& fresh = grid().row(margins.bottom);
            fresh.clear();
            erase_cells(fresh, 0, size.columns);
        }
    } else {
        scroll_region_up(cursor.row, margins.bottom, count);
    }
    cursor.column = margins.left;
    cursor.pending = false;
}

/// A wrap that waits does so at the end of a row of this size.
void Screen::wait_no_more_unless(LineSize size_of_row) noexcept {
    if (row().size != size_of_row) cursor.pending = false;
}

void Screen::scroll_up(unsigned count) {
    const LineSize before = row().size;
    count = std::min(count, margins.bottom - margins.top + 1U);
    scroll_region_up(margins.top, margins.bottom, count);
    wait_no_more_unless(before);
}

void Screen::scroll_down(unsigned count) {
    const LineSize before = row().size;
    count = std::min(count, margins.bottom - margins.top + 1U);
    scroll_region_down(margins.top, margins.bottom, count);
    wait_no_more_unless(before);
}

/// The part of row `from` between the margins replaces that of row `to`.
void Screen::move_cells(std::uint16_t from, std::uint16_t to) {
    Row& source = grid().row(from);
    Row& target = grid().row(to);
    const unsigned left = margins.left;
    const unsigned right = margins.right + 1U;
    if (source.styled) split_wide(source, left, right);
    if (target.styled) split_wide(target, left, right);
    source.reach(narrow(right));
    target.reach(narrow(right));
    std::copy(source.cells.begin() + static_cast<std::ptrdiff_t>(left),
              source.cells.begin() + static_cast<std::ptrdiff_t>(right),
              target.cells.begin() + static_cast<std::ptrdiff_t>(left));
    target.styled = true;
    target.wrapped = false;
}

/// `count` is no more than there are rows. A history takes what leaves the main screen as a whole.
void Screen::scroll_region_up(std::uint16_t top, std::uint16_t bottom, unsigned count) {
    if (margins.left == 0 && margins.right + 1U == size.columns) {
        for (; count > 0; --count) {
            if (shown == 0 && top == 0) {
                const Row& leaving = grid().row(0);
                history.push(leaving, clusters);
                if (listener != nullptr) listener->on_row_leaves(leaving, grid().wraps(0));
            }
            grid().rotate_up(top, bottom);
            Row& fresh = grid().row(bottom);
            fresh.clear();
            if (pen.style.background != default_color) erase_cells(fresh, 0, size.columns);
        }
        return;
    }
    for (unsigned number = top; number + count <= bottom; ++number)
        move_cells(narrow(number + count), narrow(number));
    for (unsigned number = bottom + 1U - count; number <= bottom; ++number)
        empty_between_margins(grid().row(narrow(number)));
}

/// Of a row that came in by scrolling.
void Screen::empty_between_margins(Row& row) {
    erase_cells(row, margins.left, margins.right + 1U);
    row.wrapped = false;
}

void Screen::scroll_region_down(std::uint16_t top, std::uint16_t bottom, unsigned count) {
    if (margins.left == 0 && margins.right + 1U == size.columns) {
        for (; count > 0; --count) {
            grid().rotate_down(top, bottom);
            Row& fresh = grid().row(top);
            fresh.clear();
            if (pen.style.background != default_color) erase_cells(fresh, 0, size.columns);
            // What stood above does not go on in the new row.
            if (top > 0) grid().row(narrow(top - 1U)).wrapped = false;
            else if (shown == 0) history.end_line();
            grid().row(bottom).wrapped = false;
        }
        return;
    }
    for (unsigned number = bottom; number >= top + count; --number)
        move_cells(narrow(number - count), narrow(number));
    for (unsigned number = top; number < top + count; ++number)
        empty_between_margins(grid().row(narrow(number)));
}

/// SL, SR (ECMA-48), DECIC, DECDC: between the margins, `count` columns at `at` (from 0).
void Screen::shift_columns(unsigned at, unsigned count, bool to_the_right) {
    const unsigned to = margins.right + 1U;
    if (at < margins.left || at >= to) return;
    count = std::min(count, to - at);
    for (unsigned number = margins.top; number <= margins.bottom; ++number) {
        Row& line = grid().row(narrow(number));
        split_wide(line, at, to);
        split_wide(line, to_the_right ? to - count : at + count, to);
        shift(line, at, to, count, to_the_right);
        line.styled = true;
        if (to_the_right) empty_cells(line, at, at + count);
        else empty_cells(line, to - count, to);
        line.wrapped = false;
    }
}

/// DECALN.
void Screen::fill_with_e() {
    margins = {0, narrow(size.rows - 1U), 0, narrow(size.columns - 1U)};
    modes.set(Mode::origin, false);
    for (std::uint16_t number = 0; number < size.rows; ++number) {
        Row& line = grid().row(number);
        line.clear();
        std::fill(line.cells.begin(), line.cells.end(), Cell{'E', {}});
        line.used = size.columns;
    }
    move_to(0, 0);
}

} // namespace outlast::terminal
