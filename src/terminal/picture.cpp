// Shows a model on a terminal of another size.
#include "terminal/picture.hpp"

#include "terminal/model.hpp"
#include "terminal/row_writer.hpp"
#include "terminal/screen.hpp"

#include <algorithm>

namespace outlast::terminal {
namespace {

std::string set(const ModeInfo& info, bool on) {
    return (info.is_private ? "\033[?" : "\033[") + std::to_string(info.number) + (on ? "h" : "l");
}

bool is_of_mouse(Mode mode) {
    switch (mode) {
    case Mode::mouse_x10:
    case Mode::mouse_buttons:
    case Mode::mouse_highlight:
    case Mode::mouse_drag:
    case Mode::mouse_motion:
    case Mode::mouse_utf8:
    case Mode::mouse_sgr:
    case Mode::mouse_urxvt:
    case Mode::mouse_pixels: return true;
    default: return false;
    }
}

/// What is about keys, and nothing about the screen.
bool is_of_keys(Mode mode) {
    switch (mode) {
    case Mode::application_cursor:
    case Mode::numeric_keypad:
    case Mode::backarrow:
    case Mode::focus_events:
    case Mode::bracketed_paste: return true;
    default: return false;
    }
}

std::uint16_t first_seen(unsigned cursor, unsigned whole, unsigned seen) {
    if (whole <= seen || cursor < seen) return 0;
    return static_cast<std::uint16_t>(std::min(cursor - seen + 1, whole - seen));
}

} // namespace

std::string Picture::enter() { return "\033[?1049h\033[r\033[?6l\033[4l\033[?7l\033[0m\033[2J"; }

std::string Picture::leave(For whom) {
    if (whom == For::onlooker) return "\033[0m\033[?7h\033[?25h\033[?1049l";
    std::string bytes = "\x18\033[0m\033]8;;\033\\";
    for (const ModeInfo& info : mode_table) {
        const bool used = is_of_mouse(info.mode) || is_of_keys(info.mode) ||
                          info.mode == Mode::cursor_visible || info.mode == Mode::autowrap;
        if (used) bytes += set(info, info.initially);
    }
    return bytes + "\033>\033[=0u\033[?1049l";
}

/// The rows up to the cursor's: what a program writes line by line is there.
Picture::Window Picture::window_of(const Model& model) const {
    const Screen& screen = model.screen();
    return {first_seen(screen.cursor.row, screen.size.rows, m_terminal.rows),
            first_seen(screen.cursor.column, screen.size.columns, m_terminal.columns)};
}

std::string Picture::row_bytes(const Model& model, Window window, std::uint16_t row) const {
    const Screen& screen = model.screen();
    const unsigned number = window.top + row;
    if (number >= screen.size.rows) return {};
    const Row& cells = screen.grid().row(static_cast<std::uint16_t>(number));
    const auto at = [&](unsigned column) { return cells.at(static_cast<std::uint16_t>(column)); };
    unsigned begin = window.left;
    unsigned end = std::min<unsigned>(
        {cells.used, screen.size.columns, static_cast<unsigned>(window.left + m_terminal.columns)});
    std::string bytes;
    // Half a wide character is not shown.
    if (begin < end && at(begin).is_tail()) {
        bytes += "\033[C";
        ++begin;
    }
    if (begin < end && end < screen.size.columns && at(end).is_tail()) --end;
    RowWriter writer(screen, bytes,
                     m_for == For::typist ? RowWriter::Links::written : RowWriter::Links::left_out);
    if (begin < end) writer.part(cells, begin, end);
    writer.pen({}, {});
    return bytes;
}

std::string Picture::modes(const Model& model) const {
    const Screen& screen = model.screen();
    const bool all_is_seen = holds(model);
    std::string bytes;
    // Setting one of the mouse's modes clears the others, so what is on comes last.
    for (const bool on : {false, true}) {
        for (const ModeInfo& info : mode_table) {
            const bool mouse = is_of_mouse(info.mode);
            const bool wanted = screen.modes[info.mode] && (!mouse || all_is_seen);
            if ((mouse || is_of_keys(info.mode)) && wanted == on) bytes += set(info, on);
        }
    }
    bytes += screen.application_keypad ? "\033=" : "\033>";
    const auto& keyboard = screen.keyboards[static_cast<std::size_t>(screen.shown)];
    bytes += "\033[=" + std::to_string(keyboard.flags) + "u";
    return bytes + "\033[" + std::to_string(screen.cursor_shape) + " q";
}

bool Picture::holds(const Model& model) const noexcept {
    const Size& size = model.screen().size;
    return m_terminal.rows >= size.rows && m_terminal.columns >= size.columns;
}

std::string Picture::paint(const Model& model, std::string_view status) {
    const Screen& screen = model.screen();
    const Window window = window_of(model);
    m_rows.resize(m_terminal.rows);
    std::string changes;
    for (std::uint16_t row = 0; row < m_terminal.rows; ++row) {
        const bool is_status = !status.empty() && row + 1U == m_terminal.rows;
        std::string bytes =
            is_status ? "\033[7m" + std::string(status) + "\033[0m" : row_bytes(model, window, row);
        if (bytes == m_rows[row]) continue;
        // Erased first: what is skipped over has to be empty.
        changes += cursor_to(row, 0) + "\033[K" + bytes;
        m_rows[row] = std::move(bytes);
    }
    if (std::string now = m_for == For::typist ? modes(model) : std::string(); now != m_modes) {
        changes += now;
        m_modes = std::move(now);
    }
    const unsigned row = screen.cursor.row - window.top;
    const unsigned column = screen.cursor.column - window.left;
    const bool visible = screen.modes[Mode::cursor_visible] &&
                         row + (status.empty() ? 0U : 1U) < m_terminal.rows &&
                         column < m_terminal.columns;
    std::string cursor = cursor_to(row, column) + (visible ? "\033[?25h" : "\033[?25l");
    if (changes.empty() && cursor == m_cursor) return {};
    changes += cursor;
    m_cursor = std::move(cursor);
    return "\033[?2026h\033[?25l" + changes + "\033[?2026l";
}

} // namespace outlast::terminal
