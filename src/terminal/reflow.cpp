// The main screen at another size: its lines are wrapped anew.
#include "terminal/screen.hpp"

#include <algorithm>

namespace outlast::terminal {
namespace {

/// A logical line with what belongs to it, and where in it the cursor is.
struct Text {
    std::vector<Cell> cells;
    LineSize size = LineSize::single;
    char mark = 0;
    bool has_cursor = false;
    std::size_t cursor_at = 0;
};

/// What a row is of its line: all of it when it goes on, but for the place that a wide character
/// left.
void append(std::vector<Cell>& cells, const Row& row, bool goes_on) {
    std::size_t length = row.used;
    if (goes_on) length = row.cells.size() - (row.leaves_place() ? 1 : 0);
    for (std::size_t column = 0; column < length; ++column)
        cells.push_back(row.at(static_cast<std::uint16_t>(column)));
}

/// The rows that `text` takes at `columns`; the cursor's place goes to `cursor`, its row counted
/// from `first_row`.
void lay_out(const Text& text, std::uint16_t columns, std::vector<Row>& rows, Cursor& cursor) {
    std::size_t at = 0;
    bool first = true;
    do {
        Row row(columns);
        if (first) {
            row.size = text.size;
            row.mark = text.mark;
        }
        first = false;
        const std::size_t start = at;
        std::size_t end = std::min(text.cells.size(), start + columns);
        // A wide character is not cut in half.
        if (end < text.cells.size() && end > start && text.cells[end].is_tail() && end - start > 1)
            --end;
        std::copy(text.cells.begin() + static_cast<std::ptrdiff_t>(start),
                  text.cells.begin() + static_cast<std::ptrdiff_t>(end), row.cells.begin());
        row.used = static_cast<std::uint16_t>(end - start);
        row.styled = true;
        at = end;
        // Wrapped is what a terminal could have wrapped by itself.
        const Cell last = row.at(static_cast<std::uint16_t>(columns - 1));
        row.wrapped = at < text.cells.size() &&
                      (last.glyph != 0 || (last == Cell() && text.cells[at].is_wide()));
        const bool here = text.has_cursor && text.cursor_at >= start &&
                          (text.cursor_at < at || at >= text.cells.size());
        if (here) {
            cursor.row = static_cast<std::uint16_t>(std::min<std::size_t>(rows.size(), 0xFFFF));
            cursor.column = static_cast<std::uint16_t>(
                std::min<std::size_t>(text.cursor_at - start, columns - 1U));
        }
        rows.push_back(std::move(row));
    } while (at < text.cells.size());
}

void leave_at_top(Screen& screen, const Row& row) {
    screen.history.push(row, screen.clusters);
    if (screen.listener != nullptr) screen.listener->on_row_leaves(row, row.wrapped);
}

} // namespace

void Screen::reflow(Size wanted) {
    Grid& main = grids[0];
    const Cursor where = shown == 0 ? cursor : saved[0].cursor;
    std::vector<Text> lines;
    bool open = false;
    if (history.goes_on_in(main.row(0))) {
        lines.push_back({decode_line(history.take_last().bytes, clusters)});
        open = true;
    } else {
        history.end_line(); // at another width it ends somewhere else
    }
    std::uint16_t content = where.row; // the last row that matters
    for (std::uint16_t number = 0; number < main.rows(); ++number) {
        if (main.row(number).used > 0) content = std::max(content, number);
    }
    for (std::uint16_t number = 0; number <= content; ++number) {
        const Row& row = main.row(number);
        if (!open) lines.push_back({{}, row.size, row.mark});
        Text& text = lines.back();
        const std::size_t start = text.cells.size();
        append(text.cells, row, main.wraps(number));
        if (number == where.row) {
            text.has_cursor = true;
            text.cursor_at = start + where.column + (where.pending ? 1U : 0U);
        }
        open = main.wraps(number);
    }
    std::vector<Row> rows;
    Cursor placed;
    for (const Text& text : lines) lay_out(text, wanted.columns, rows, placed);
    // Taller than before, a full screen gets lines back from above.
    std::size_t room = content + 1U == main.rows() && wanted.rows > main.rows()
                           ? static_cast<std::size_t>(wanted.rows - main.rows())
                           : 0;
    while (room > 0 && history.size() > 0 && rows.size() < wanted.rows) {
        const History::Line line = history.take_last();
        std::vector<Row> above;
        Cursor ignored;
        lay_out({decode_line(line.bytes, clusters), LineSize::single, line.mark}, wanted.columns,
                above, ignored);
        placed.row = static_cast<std::uint16_t>(placed.row + above.size());
        room -= std::min(room, above.size());
        rows.insert(rows.begin(), std::make_move_iterator(above.begin()),
                    std::make_move_iterator(above.end()));
    }
    // What is too much leaves at the top, but never the cursor's row.
    const std::size_t surplus = rows.size() > wanted.rows ? rows.size() - wanted.rows : 0;
    const std::size_t leaving = std::min<std::size_t>(surplus, placed.row);
    for (std::size_t i = 0; i < leaving; ++i) leave_at_top(*this, rows[i]);
    rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(leaving));
    if (rows.size() > wanted.rows) rows.resize(wanted.rows, Row(wanted.columns));
    if (!rows.empty() && rows.size() == wanted.rows && leaving < surplus)
        rows.back().wrapped = false;
    placed.row = static_cast<std::uint16_t>(placed.row - leaving);
    main.assign(wanted, std::move(rows));
    Cursor& kept = shown == 0 ? cursor : saved[0].cursor;
    kept.row = placed.row;
    kept.column = placed.column;
    kept.pending = false;
}

} // namespace outlast::terminal
