// From a model back to bytes.
//
// The order matters: what moves the cursor comes before its place, saved cursors are made while no
// margins are in the way, and the character that was written last is written last again, so that
// what follows (REP, a combining character, a pending wrap) finds what it would have found.
#include "terminal/serializer.hpp"

#include "terminal/model.hpp"
#include "terminal/row_writer.hpp"
#include "terminal/screen.hpp"
#include "terminal/sgr.hpp"

#include <algorithm>
#include <cstdio>

namespace outlast::terminal {
namespace {

std::string color_text(std::uint32_t color) {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "#%02x%02x%02x", color >> 16 & 0xFF, color >> 8 & 0xFF,
                  color & 0xFF);
    return text.data();
}

class Serializer {
public:
    explicit Serializer(const Screen& screen) : m_screen(screen) {}

    [[nodiscard]] std::string restore(const RestoreOptions& options, const std::string& pending);
    [[nodiscard]] std::string restore_modes();

private:
    void neutral(bool in_place);
    /// True when the line that the screen's first row belongs to begins here.
    bool history(const RestoreOptions& options);
    void rows(const Grid& grid, RowWriter& writer, RowWriter::Start first);
    void saved_cursor(int number);
    void wrap_again(int number);
    void paint_first_part(unsigned number, const Row& row);
    void keyboard(int number);
    void modes();
    void tabs();
    void titles();
    void colors();
    void colors_if_changed();
    void charsets(const Charsets& wanted, const Charsets& now);
    void margins();
    void wait_to_wrap(unsigned row, unsigned column, const Row& cells, std::uint16_t at,
                      RowWriter& writer);
    void cursor(RowWriter& writer);
    void write(const Cell& cell, RowWriter& writer);
    [[nodiscard]] bool alternate_matters() const;
    [[nodiscard]] bool can_float() const;
    /// The alternate screen is there by 1049, which has saved the main screen's cursor.
    [[nodiscard]] bool switches() const { return m_screen.shown == 1 && m_screen.saved_by_switch; }
    [[nodiscard]] const Cursor& main_cursor() const {
        return m_screen.shown == 1 ? m_screen.saved[0].cursor : m_screen.cursor;
    }
    /// From 0, as CUP counts them.
    void go(unsigned row, unsigned column) {
        if (!m_floats) return put(cursor_to(row, column));
        put(column == 0 ? "\r" : "\r\033[" + std::to_string(column) + "C");
    }
    void put(std::string_view bytes) { m_out += bytes; }
    void mark(char kind) {
        if (kind != 0) put(std::string("\033]133;") + kind + "\033\\");
    }
    void mode(unsigned number, bool on) {
        put("\033[?" + std::to_string(number) + (on ? "h" : "l"));
    }

    const Screen& m_screen;
    std::string m_out;
    /// The rows below the cursor are left out: rows are where they happen to be, only columns are
    /// known.
    bool m_floats = false;
};

/// A state in which text can be painted, whatever was before.
void Serializer::neutral(bool in_place) {
    // Resetting margins and origin mode moves the cursor. A terminal that is not painted over is a
    // shell's: it has no origin mode.
    put(in_place ? "\033\\\033[?1047l\033[?6l\033[?69l\033[r" : "\0337\033[?69l\033[r\0338");
    put("\033[4l\033[20l\033[?7h\033[0m\033[0\"q\033]8;;\033\\"
        "\033(B\033)B\033*B\033+B\x0F");
}

bool Serializer::history(const RestoreOptions& options) {
    const History& history = m_screen.history;
    const std::uint64_t gone =
        history.ever() - std::min<std::uint64_t>(history.ever(), history.size());
    std::size_t begin = history.size() - std::min(history.size(), options.history_lines);
    if (options.seen_lines > gone)
        begin = std::max(begin, static_cast<std::size_t>(std::min<std::uint64_t>(
                                    options.seen_lines - gone, history.size())));
    while (begin > 0 && begin < history.size() && history.line(begin).continues) --begin;
    RowWriter writer(m_screen, m_out);
    bool goes_on = false;
    for (std::size_t i = begin; i < history.size(); ++i) {
        const History::Line& line = history.line(i);
        mark(line.mark);
        writer.line(line);
        // The next piece of the same line, or its rows on the screen, go on where this ends.
        goes_on = line.open || (i + 1 < history.size() && history.line(i + 1).continues);
        if (!goes_on) put("\r\n");
    }
    return goes_on;
}

void Serializer::rows(const Grid& grid, RowWriter& writer, RowWriter::Start first) {
    RowWriter::Start start = first;
    const unsigned count = m_floats ? main_cursor().row + 1U : grid.rows();
    for (std::uint16_t number = 0; number < count; ++number) {
        const Row& row = grid.row(number);
        writer.row(row, start);
        start = row.leaves_place() ? RowWriter::Start::wrapped_by_wide
                : row.wrapped      ? RowWriter::Start::wrapped_into
                                   : RowWriter::Start::anywhere;
        if (row.wrapped || number + 1U == count) continue;
        writer.pen({}, {});
        put("\r\n");
    }
    writer.pen({}, {});
    if (m_floats) return;
    if (first == RowWriter::Start::wrapped_from_history) paint_first_part(0, grid.row(0));
    for (std::uint16_t number = 0; number < grid.rows(); ++number) {
        const Row& row = grid.row(number);
        if (row.size == LineSize::single && row.mark == 0) continue;
        put(cursor_to(number, 0));
        mark(row.mark);
        constexpr std::array<std::string_view, 4> sizes{"", "\033#6", "\033#3", "\033#4"};
        put(sizes[static_cast<std::size_t>(row.size)]);
    }
}

void Serializer::charsets(const Charsets& wanted, const Charsets& now) {
    constexpr std::string_view introducers = "()*+";
    for (std::size_t i = 0; i < wanted.sets.size(); ++i) {
        if (wanted.sets[i] == now.sets[i]) continue;
        put("\033");
        m_out += introducers[i];
        m_out += static_cast<char>(wanted.sets[i]);
    }
    constexpr std::array<std::string_view, 4> shifts{"\x0F", "\x0E", "\033n", "\033o"};
    if (wanted.left != now.left) put(shifts[wanted.left]);
    constexpr std::array<std::string_view, 4> right_shifts{"", "\033~", "\033}", "\033|"};
    if (wanted.right != now.right && wanted.right > 0) put(right_shifts[wanted.right]);
    if (wanted.single != 0) put(wanted.single == 2 ? "\033N" : "\033O");
}

/// The wrap that waits at (row, column), from 0 as CUP counts them, comes from writing what stands
/// there again. Where it was erased meanwhile, DECERA erases it once more: that leaves the cursor
/// and its wrap alone (a terminal that does not know it shows a blank, which looks the same).
void Serializer::wait_to_wrap(unsigned row, unsigned column, const Row& cells, std::uint16_t at,
                              RowWriter& writer) {
    Cell cell = cells.at(at);
    if (cell.is_tail() && at > 0) {
        cell = cells.at(static_cast<std::uint16_t>(at - 1));
        --column;
    }
    go(row, column);
    if (cell.glyph != 0) return write(cell, writer);
    writer.pen({default_color, cell.style.background, 0, 0}, {});
    if (m_floats) return put(" ");
    const std::string place = std::to_string(row + 1) + ";" + std::to_string(column + 1);
    put(" \033[" + place + ";" + place + "$z");
}

/// To wait for a wrap in a row whose last cell is empty has made the row forget that it goes on:
/// a wide character that does not fit says so again.
void Serializer::wrap_again(int number) {
    const SavedCursor& slot = m_screen.saved[static_cast<std::size_t>(number)];
    const Grid& grid = m_screen.grids[static_cast<std::size_t>(number)];
    if (!grid.row(slot.cursor.row).leaves_place() || slot.cursor.row + 1U >= grid.rows()) return;
    put(cursor_to(slot.cursor.row, slot.cursor.column) + "\xE3\x80\x80");
    paint_first_part(slot.cursor.row + 1U,
                     grid.row(static_cast<std::uint16_t>(slot.cursor.row + 1)));
}

/// The first cells of a row, where a wide blank has held their place.
void Serializer::paint_first_part(unsigned number, const Row& row) {
    RowWriter writer(m_screen, m_out);
    const unsigned length = RowWriter::first_part(row);
    put(cursor_to(number, 0) + "\033[" + std::to_string(length) + "X");
    writer.part(row, 0, std::min<unsigned>(length, row.used));
    writer.pen({}, {});
}

void Serializer::saved_cursor(int number) {
    const SavedCursor& slot = m_screen.saved[static_cast<std::size_t>(number)];
    if (slot.origin) put("\033[?6h");
    RowWriter writer(m_screen, m_out);
    if (slot.cursor.pending) {
        const Row& row = m_screen.grids[static_cast<std::size_t>(number)].row(slot.cursor.row);
        // With horizontal margins a row of double width ends where the others do.
        const bool wide = row.size != LineSize::single;
        if (wide) mode(69, true);
        wait_to_wrap(slot.cursor.row, slot.cursor.column, row, slot.cursor.column, writer);
    } else {
        go(slot.cursor.row, slot.cursor.column);
    }
    writer.pen(slot.pen.style, slot.pen.extra);
    charsets(slot.charsets, {});
    const bool by_switch = number == 0 && switches();
    put(by_switch ? "\033[?1049h" : "\0337");
    charsets({}, slot.charsets);
    writer.pen({}, {});
    if (slot.cursor.pending && !by_switch) wrap_again(number);
    if (slot.origin) put("\033[?6l");
    if (slot.cursor.pending) mode(69, false);
}

void Serializer::keyboard(int number) {
    const KeyboardStack& stack = m_screen.keyboards[static_cast<std::size_t>(number)];
    put("\033[<99u");
    bool first = true;
    const auto push = [&](std::uint8_t flags) {
        put((first ? "\033[=" : "\033[>") + std::to_string(flags) + "u");
        first = false;
    };
    for (const std::uint8_t flags : stack.below) push(flags);
    if (!stack.below.empty() || stack.flags != 0) push(stack.flags);
}

void Serializer::tabs() {
    bool usual = true;
    for (std::size_t column = 0; column < m_screen.tabs.size(); ++column)
        usual = usual && m_screen.tabs[column] == (column > 0 && column % 8 == 0);
    if (usual) return put("\033[?5W");
    put("\033[3g");
    for (std::size_t column = 0; column < m_screen.tabs.size(); ++column) {
        if (!m_screen.tabs[column]) continue;
        put(column == 0 ? std::string("\r") : "\r\033[" + std::to_string(column) + "C");
        put("\033H");
    }
    put("\r");
}

void Serializer::titles() {
    const Titles& titles = m_screen.titles;
    const auto title = [this](const std::string& text) { put("\033]2;" + text + "\033\\"); };
    const auto icon = [this](const std::string& text) { put("\033]1;" + text + "\033\\"); };
    for (const auto& [below_title, below_icon] : titles.stack) {
        title(below_title);
        icon(below_icon);
        put("\033[22;0t");
    }
    // One that the program has not given is the terminal's own.
    if (!titles.stack.empty() || !titles.title.empty()) title(titles.title);
    if (!titles.stack.empty() || !titles.icon.empty()) icon(titles.icon);
    if (!m_screen.directory.empty()) put("\033]7;" + m_screen.directory + "\033\\");
    if (!m_screen.pointer.empty()) put("\033]22;" + m_screen.pointer + "\033\\");
}

void Serializer::colors() {
    put("\033]104\033\\");
    for (const auto& [index, color] : m_screen.palette)
        put("\033]4;" + std::to_string(index) + ";" + color_text(color) + "\033\\");
    for (int code = 10; code <= 19; ++code) {
        const auto known = m_screen.dynamic.find(code);
        if (known != m_screen.dynamic.end())
            put("\033]" + std::to_string(code) + ";" + color_text(known->second) + "\033\\");
        else if (code <= 12) put("\033]" + std::to_string(code + 100) + "\033\\");
    }
}

/// All but those that have their own place: margins, origin, insert, autowrap.
void Serializer::modes() {
    const auto later = [](Mode mode) {
        return mode == Mode::origin || mode == Mode::insert || mode == Mode::autowrap ||
               mode == Mode::left_right_margins;
    };
    const auto is_on = [&](Mode mode, bool saved) {
        return saved ? m_screen.modes.saved(mode) : m_screen.modes[mode];
    };
    // First what was saved (XTSAVE), then what is. Of the mouse's modes only the one that is on is
    // set last, because setting any clears the others.
    for (const bool saved : {true, false}) {
        for (const bool on : {false, true}) {
            for (const ModeInfo& info : mode_table) {
                if (!info.restored || is_on(info.mode, saved) != on) continue;
                if (saved &&
                    (!info.is_private || m_screen.modes.saved(info.mode) == info.initially))
                    continue;
                if (!saved && later(info.mode)) continue;
                put((info.is_private ? "\033[?" : "\033[") + std::to_string(info.number) +
                    (on ? "h" : "l"));
                if (!saved) continue;
                put("\033[?" + std::to_string(info.number) + "s");
                if (later(info.mode)) mode(info.number, info.initially);
            }
        }
    }
    put(m_screen.application_keypad ? "\033=" : "\033>");
    put("\033[" + std::to_string(m_screen.cursor_shape) + " q");
    if (m_screen.modify_other_keys >= 0)
        put("\033[>4;" + std::to_string(m_screen.modify_other_keys) + "m");
    else put("\033[>4m");
}

/// The last steps. What was written last is written again over itself: that leaves the cursor, and
/// a pending wrap, where they were, and makes it the last thing written.
void Serializer::cursor(RowWriter& writer) {
    const bool origin = m_screen.modes[Mode::origin];
    const Margins& margins = m_screen.margins;
    const unsigned first_row = origin ? margins.top : 0U;
    const unsigned first_column = origin ? margins.left : 0U;
    const Cursor& cursor = m_screen.cursor;
    const LastWritten& last = m_screen.last;
    const bool inserts = m_screen.modes[Mode::insert];
    if (!m_screen.modes[Mode::autowrap]) mode(7, false);
    if (!last.valid && !cursor.pending) {
        go(cursor.row - first_row, cursor.column - first_column);
        if (inserts) put("\033[4h");
        charsets(m_screen.charsets, {});
        return writer.pen(m_screen.pen.style, m_screen.pen.extra);
    }
    if (!last.valid) {
        const std::uint16_t edge = m_screen.right_limit();
        wait_to_wrap(cursor.row - first_row, edge - first_column, m_screen.grid().row(cursor.row),
                     edge, writer);
        put({"\0", 1}); // a control that does nothing: not just written any more
        // CBT is the one way to leave the last column and still wait.
        if (cursor.column < edge) {
            unsigned stops = 1;
            for (unsigned column = cursor.column + 1U; column < edge; ++column)
                stops += m_screen.tabs[column] ? 1 : 0;
            put("\033[" + std::to_string(stops) + "Z");
        }
        if (inserts) put("\033[4h");
        charsets(m_screen.charsets, {});
        return writer.pen(m_screen.pen.style, m_screen.pen.extra);
    }
    const Cell cell = m_screen.grid().row(last.row).at(last.column);
    charsets(m_screen.charsets, {});
    go(last.row - first_row, last.column - first_column);
    if (inserts) put("\033[" + std::to_string(cell.is_wide() ? 2 : 1) + "P\033[4h");
    write(cell, writer);
}

void Serializer::write(const Cell& cell, RowWriter& writer) {
    writer.cell(cell,
                cell.is_cluster() ? m_screen.clusters.text(cell.value()) : std::string_view());
}

void Serializer::margins() {
    const Margins& margins = m_screen.margins;
    const auto pair = [](unsigned first, unsigned second) {
        return "\033[" + std::to_string(first + 1) + ";" + std::to_string(second + 1);
    };
    put(pair(margins.top, margins.bottom) + "r");
    if (m_screen.modes[Mode::left_right_margins]) {
        mode(69, true);
        put(pair(margins.left, margins.right) + "s");
    }
    if (m_screen.modes[Mode::origin]) mode(6, true);
}

/// Whether the main screen is an ordinary command's output: nothing below the cursor, and nothing
/// that counts from the top.
bool Serializer::can_float() const {
    if (m_screen.shown == 1 ? !switches() : alternate_matters()) return false;
    const Margins whole{0, static_cast<std::uint16_t>(m_screen.size.rows - 1), 0,
                        static_cast<std::uint16_t>(m_screen.size.columns - 1)};
    const bool plain = m_screen.margins == whole && !m_screen.modes[Mode::origin];
    if (m_screen.shown == 0 && !plain) return false;
    if (m_screen.shown == 0 && m_screen.last.valid && m_screen.last.row != m_screen.cursor.row)
        return false;
    for (std::uint16_t row = 0; row < m_screen.size.rows; ++row) {
        const Row& cells = m_screen.grids[0].row(row);
        if (row > main_cursor().row && cells.used > 0) return false;
        if (cells.size != LineSize::single) return false;
    }
    return true;
}

/// Whether there is anything on, or kept with, the screen that is not shown.
bool Serializer::alternate_matters() const {
    if (m_screen.shown == 1) return true;
    for (std::uint16_t row = 0; row < m_screen.size.rows; ++row) {
        const Row& cells = m_screen.grids[1].row(row);
        if (cells.used > 0 || cells.size != LineSize::single || cells.mark != 0) return true;
    }
    return !(m_screen.saved[1] == SavedCursor()) || !(m_screen.keyboards[1] == KeyboardStack());
}

std::string Serializer::restore(const RestoreOptions& options, const std::string& pending) {
    put("\x18"); // whatever was unfinished
    neutral(options.in_place);
    if (options.in_place) put("\033[H\033[2J");
    else put("\r");
    tabs();
    RowWriter writer(m_screen, m_out);
    const bool goes_on = !options.in_place && history(options);
    m_floats = options.leave_out_empty_rows && !options.in_place && !goes_on && can_float();
    rows(m_screen.grids[0], writer,
         goes_on ? RowWriter::Start::wrapped_from_history : RowWriter::Start::anywhere);
    keyboard(0);
    if (!m_floats || switches()) saved_cursor(0);
    if (alternate_matters()) {
        if (!switches()) mode(1047, true);
        m_floats = false;
        put("\033[H\033[2J");
        rows(m_screen.grids[1], writer, RowWriter::Start::anywhere);
        saved_cursor(1);
        keyboard(1);
        if (m_screen.shown == 0) mode(47, false);
    }
    titles();
    colors();
    modes();
    if (!m_floats) margins();
    cursor(writer);
    if (options.unfinished) put(pending);
    return std::move(m_out);
}

std::string Serializer::restore_modes() {
    const bool touched = m_screen.modes != Modes() || m_screen.application_keypad ||
                         m_screen.cursor_shape != 0 || m_screen.modify_other_keys >= 0;
    if (touched) modes();
    if (!(m_screen.keyboards[0] == KeyboardStack())) keyboard(0);
    colors_if_changed();
    RowWriter writer(m_screen, m_out);
    writer.pen(m_screen.pen.style, m_screen.pen.extra);
    charsets(m_screen.charsets, {});
    return std::move(m_out);
}

void Serializer::colors_if_changed() {
    if (!m_screen.palette.empty() || !m_screen.dynamic.empty()) colors();
}

} // namespace

std::string restore_modes(const Model& model) { return Serializer(model.screen()).restore_modes(); }

std::string restore(const Model& model, const RestoreOptions& options) {
    return Serializer(model.screen()).restore(options, model.pending());
}

} // namespace outlast::terminal
