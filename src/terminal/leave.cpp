// From a model's state back to a shell's.
#include "terminal/model.hpp"
#include "terminal/screen.hpp"
#include "terminal/serializer.hpp"

namespace outlast::terminal {
namespace {

class Leaver {
public:
    explicit Leaver(const Screen& screen) : m_screen(screen) {}

    [[nodiscard]] std::string leave(bool unfinished);

private:
    void keyboard();
    void modes();
    void alternate();
    void put(std::string_view bytes) { m_out += bytes; }

    const Screen& m_screen;
    std::string m_out;
};

void Leaver::keyboard() {
    const KeyboardStack& stack = m_screen.keyboards[static_cast<std::size_t>(m_screen.shown)];
    if (!stack.below.empty()) put("\033[<" + std::to_string(stack.below.size()) + "u");
    const std::uint8_t left = stack.below.empty() ? stack.flags : stack.below.front();
    if (left != 0) put("\033[=0u");
}

void Leaver::modes() {
    for (const ModeInfo& info : mode_table) {
        if (m_screen.modes[info.mode] == info.initially) continue;
        put((info.is_private ? "\033[?" : "\033[") + std::to_string(info.number) +
            (info.initially ? "h" : "l"));
    }
    const bool whole =
        m_screen.margins == Margins{0, static_cast<std::uint16_t>(m_screen.size.rows - 1), 0,
                                    static_cast<std::uint16_t>(m_screen.size.columns - 1)};
    if (!whole) put("\0337\033[r\0338"); // DECSTBM moves the cursor
    if (m_screen.application_keypad) put("\033>");
    if (m_screen.cursor_shape != 0) put("\033[0 q");
    if (m_screen.modify_other_keys >= 0) put("\033[>4m");
    if (!(m_screen.charsets == Charsets())) put("\033(B\033)B\x0F");
    if (!m_screen.palette.empty()) put("\033]104\033\\");
    for (const auto& [code, color] : m_screen.dynamic)
        put("\033]" + std::to_string(code + 100) + "\033\\");
    if (!m_screen.pointer.empty()) put("\033]22;\033\\");
    if (!m_screen.pen.extra.link.empty()) put("\033]8;;\033\\");
    if (!(m_screen.pen.style == Style())) put("\033[0m");
}

/// 1049 brings back the cursor that it saved; the others leave it where it is, so the last line of
/// the terminal is the one that certainly has nothing below it.
void Leaver::alternate() {
    if (m_screen.shown == 0) return;
    if (m_screen.saved_by_switch) return put("\033[?1049l");
    put("\033[?1047l\033[999;1H");
}

std::string Leaver::leave(bool unfinished) {
    if (unfinished) put("\x18");
    keyboard();
    modes();
    alternate();
    // Below whatever stands under the cursor. Down and not to a row: the terminal's rows are the
    // model's only where it was restored.
    if (m_screen.shown == 1) return std::move(m_out);
    std::uint16_t last = m_screen.cursor.row;
    for (std::uint16_t row = last; row < m_screen.size.rows; ++row) {
        if (m_screen.grids[0].row(row).used > 0) last = row;
    }
    if (last > m_screen.cursor.row) put("\033[" + std::to_string(last - m_screen.cursor.row) + "B");
    return std::move(m_out);
}

} // namespace

std::string leave(const Model& model) {
    return Leaver(model.screen()).leave(!model.pending().empty());
}

bool leaves_mid_line(const Model& model) {
    const Screen& screen = model.screen();
    const Cursor& cursor = screen.shown == 1 ? screen.saved[0].cursor : screen.cursor;
    if (cursor.column > 0 || cursor.pending) return true;
    if (screen.shown == 1) return false;
    for (std::uint16_t row = cursor.row; row < screen.size.rows; ++row) {
        if (screen.grids[0].row(row).used > 0) return true;
    }
    return false;
}

} // namespace outlast::terminal
