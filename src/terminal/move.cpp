// Moving the cursor.
#include "terminal/screen.hpp"

#include <algorithm>

namespace outlast::terminal {
namespace {} // namespace

bool Screen::in_margins() const noexcept {
    return cursor.row >= margins.top && cursor.row <= margins.bottom &&
           cursor.column >= margins.left && cursor.column <= margins.right;
}

void Screen::carriage_return() noexcept {
    const bool inside = cursor.column >= margins.left || modes[Mode::origin];
    cursor.column = inside ? margins.left : std::uint16_t{0};
    cursor.pending = false;
}

void Screen::backspace() noexcept { move_left(1); }

void Screen::tab(unsigned count) noexcept {
    const std::uint16_t limit = right_limit();
    for (unsigned i = 0; i < count && cursor.column < limit; ++i) {
        do ++cursor.column;
        while (cursor.column < limit && !tabs[cursor.column]);
    }
}

void Screen::back_tab(unsigned count) noexcept {
    // A wrap that waits goes on waiting, as in xterm.
    const std::uint16_t limit = modes[Mode::origin] ? margins.left : std::uint16_t{0};
    for (unsigned i = 0; i < count && cursor.column > limit; ++i) {
        do --cursor.column;
        while (cursor.column > limit && !tabs[cursor.column]);
    }
}

void Screen::index() {
    cursor.pending = false;
    if (cursor.row == margins.bottom) {
        if (cursor.column >= margins.left && cursor.column <= margins.right)
            scroll_region_up(margins.top, margins.bottom, 1);
    } else if (cursor.row + 1U < size.rows) {
        ++cursor.row;
    }
}

void Screen::line_feed() {
    index();
    if (modes[Mode::newline]) carriage_return();
}

void Screen::reverse_index() {
    cursor.pending = false;
    if (cursor.row == margins.top) {
        if (cursor.column >= margins.left && cursor.column <= margins.right)
            scroll_region_down(margins.top, margins.bottom, 1);
    } else if (cursor.row > 0) {
        --cursor.row;
    }
}

void Screen::move_to(unsigned row, unsigned column) noexcept {
    const bool origin = modes[Mode::origin];
    const unsigned first_row = origin ? margins.top : 0U;
    const unsigned last_row = origin ? margins.bottom : size.rows - 1U;
    const unsigned first_column = origin ? margins.left : 0U;
    const unsigned last_column = origin ? margins.right : size.columns - 1U;
    cursor.row = narrow(std::min(first_row + row, last_row));
    cursor.column = narrow(std::min(first_column + column, last_column));
    cursor.pending = false;
}

void Screen::move_up(unsigned count) noexcept {
    const unsigned limit = cursor.row >= margins.top ? margins.top : 0U;
    cursor.row = narrow(cursor.row - std::min(count, cursor.row - limit));
    cursor.pending = false;
}

void Screen::move_down(unsigned count) noexcept {
    const unsigned limit = cursor.row <= margins.bottom ? margins.bottom : size.rows - 1U;
    cursor.row = narrow(cursor.row + std::min(count, limit - cursor.row));
    cursor.pending = false;
}

/// With reverse wrap on, it goes on at the end of the row above, whether that was wrapped or not,
/// and from the first row at the end of the last one. So xterm does it with mode 45 up to 382;
/// later ones call that 1045, and 45 goes back over wraps only.
void Screen::move_left(unsigned count) noexcept {
    const unsigned left = left_limit();
    const bool over_rows =
        modes[Mode::autowrap] && (modes[Mode::reverse_wrap] || modes[Mode::extended_reverse_wrap]);
    if (over_rows && cursor.pending) --count;
    cursor.pending = false;
    if (!over_rows || count <= cursor.column - left) {
        cursor.column = narrow(cursor.column - std::min(count, cursor.column - left));
        return;
    }
    if (cursor.row == margins.top && cursor.column == margins.left) {
        cursor.row = margins.bottom;
        cursor.column = margins.right;
        return;
    }
    // Beyond the right margin the rows are as long as between the margins, all the same.
    const unsigned length = margins.right - left + 1U;
    const unsigned all = length * size.rows;
    const unsigned at = length * cursor.row + cursor.column - left;
    const unsigned target = (at + all - count % all) % all;
    cursor.row = narrow(target / length);
    cursor.column = narrow(left + target % length);
}

void Screen::move_right(unsigned count) noexcept {
    const unsigned limit = right_limit(); // before the cursor where a row is of double width
    cursor.column =
        narrow(std::min(cursor.column + std::min<unsigned>(count, size.columns), limit));
    cursor.pending = false;
}

void Screen::set_vertical_margins(unsigned top, unsigned bottom) noexcept {
    const unsigned first = std::max(top, 1U);
    const unsigned last_row = bottom == 0 ? size.rows : std::min<unsigned>(bottom, size.rows);
    if (first >= last_row) return;
    margins.top = narrow(first - 1);
    margins.bottom = narrow(last_row - 1);
    move_to(0, 0);
}

void Screen::set_horizontal_margins(unsigned left, unsigned right) noexcept {
    const unsigned first = std::max(left, 1U);
    const unsigned last_column =
        right == 0 ? size.columns : std::min<unsigned>(right, size.columns);
    if (first >= last_column) return;
    margins.left = narrow(first - 1);
    margins.right = narrow(last_column - 1);
    move_to(0, 0);
}

} // namespace outlast::terminal
