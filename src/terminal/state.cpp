// The state of a terminal as a whole: making, saving, resetting, switching screens.
#include "terminal/screen.hpp"

#include <algorithm>

namespace outlast::terminal {
namespace {

constexpr std::uint16_t tab_width = 8;

Size within_bounds(Size wanted) noexcept {
    wanted.rows = std::clamp<std::uint16_t>(wanted.rows, 1, most_rows);
    wanted.columns = std::clamp<std::uint16_t>(wanted.columns, 2, most_columns);
    return wanted;
}

std::vector<bool> usual_tabs(std::uint16_t columns) {
    std::vector<bool> tabs(columns);
    for (std::size_t column = tab_width; column < columns; column += tab_width) tabs[column] = true;
    return tabs;
}

Margins whole(Size size) noexcept {
    return {0, narrow(size.rows - 1U), 0, narrow(size.columns - 1U)};
}

} // namespace

Screen::Screen(Size wanted, std::size_t history_bytes)
    : size(within_bounds(wanted)), grids{Grid(size), Grid(size)}, history(history_bytes),
      margins(whole(size)), tabs(usual_tabs(size.columns)) {}

void Screen::save_cursor() {
    SavedCursor& slot = saved[static_cast<std::size_t>(shown)];
    slot = {cursor, pen, charsets, modes[Mode::origin]};
    slot.charsets.single = 0; // waits for the next character and nothing else
    // A wrap that waits is saved, as in xterm; but not one that waits at a margin.
    slot.cursor.pending = cursor.pending && cursor.column + 1U == size.columns;
}

void Screen::restore_cursor() {
    const SavedCursor& slot = saved[static_cast<std::size_t>(shown)];
    cursor = slot.cursor;
    pen = slot.pen;
    charsets = slot.charsets;
    charsets.single = 0;
    modes.set(Mode::origin, slot.origin);
    // The margins may be others by now; with the origin mode on, the cursor cannot be outside.
    if (slot.origin) {
        cursor.row = std::clamp(cursor.row, margins.top, margins.bottom);
        cursor.column = std::clamp(cursor.column, margins.left, margins.right);
    }
    cursor.pending = slot.cursor.pending && cursor.column == right_limit() &&
                     modes[Mode::autowrap] && !row().leaves_place();
}

/// 1049 saves the cursor of the main screen and restores it; it clears the alternate screen when it
/// is entered, 1047 when it is left, 47 never.
void Screen::show_alternate(bool alternate, Switch how) {
    const bool changes = alternate != (shown == 1);
    const LineSize before = row().size;
    if (alternate) {
        if (how == Switch::with_cursor && changes) save_cursor();
        shown = 1;
        if (changes) saved_by_switch = how == Switch::with_cursor;
        if (how == Switch::with_cursor) erase_in_display(2, Selective::no);
    } else {
        if (how == Switch::clear_on_leave && changes) erase_in_display(2, Selective::no);
        if (how == Switch::with_cursor && changes) erase_in_display(2, Selective::no);
        shown = 0;
        if (how == Switch::with_cursor) restore_cursor();
    }
    wait_no_more_unless(before);
}

void Screen::set_mode(Mode mode, bool on) {
    modes.set(mode, on);
    switch (mode) {
    case Mode::origin: move_to(0, 0); break;
    case Mode::autowrap:
        if (!on) cursor.pending = false;
        break;
    case Mode::left_right_margins:
        if (row().size != LineSize::single) cursor.pending = false; // such a row's end moves
        if (!on) {
            margins.left = 0;
            margins.right = narrow(size.columns - 1U);
            cursor.pending = false;
        }
        break;
    default: break;
    }
}

/// DECSTR (VT510 manual).
void Screen::soft_reset() {
    for (const Mode mode :
         {Mode::insert, Mode::origin, Mode::application_cursor, Mode::keyboard_locked,
          Mode::left_right_margins, Mode::reverse_wrap, Mode::extended_reverse_wrap})
        modes.set(mode, false);
    modes.set(Mode::cursor_visible, true);
    modes.set(Mode::autowrap, true);
    margins = whole(size);
    application_keypad = false;
    pen = {};
    charsets = {};
    saved[static_cast<std::size_t>(shown)] = {};
    cursor.pending = false;
}

/// RIS. The history stays, as in xterm.
void Screen::full_reset() {
    if (listener != nullptr) listener->on_main_erased();
    for (Grid& each : grids) each.clear();
    shown = 0;
    cursor = {};
    pen = {};
    charsets = {};
    saved = {};
    margins = whole(size);
    tabs = usual_tabs(size.columns);
    modes.reset();
    application_keypad = false;
    cursor_shape = 0;
    modify_other_keys = -1;
    keyboards = {};
    titles.stack.clear();
    pointer.clear();
    palette.clear();
    dynamic.clear();
    last = {};
}

void Screen::resize(Size wanted) {
    wanted = within_bounds(wanted);
    const bool same_cells = wanted.rows == size.rows && wanted.columns == size.columns;
    if (!same_cells) {
        reflow(wanted);
        grids[1].cut(wanted);
        const std::size_t known = tabs.size();
        tabs.resize(wanted.columns);
        for (std::size_t column = known; column < tabs.size(); ++column)
            tabs[column] = column % tab_width == 0;
    }
    size = wanted;
    if (same_cells) return;
    margins = whole(size);
    last = {};
    const auto keep_inside = [this](Cursor& where) {
        where.row = std::min(where.row, narrow(size.rows - 1U));
        where.pending = where.pending && where.column + 1U == size.columns;
        where.column = std::min(where.column, narrow(size.columns - 1U));
    };
    keep_inside(cursor);
    for (SavedCursor& slot : saved) keep_inside(slot.cursor);
}

} // namespace outlast::terminal
