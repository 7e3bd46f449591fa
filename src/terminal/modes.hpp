// The modes of a terminal that a program switches with SM, RM, DECSET and DECRST.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>

namespace outlast::terminal {

/// Modes that are a bit and nothing else. The alternate screens (47, 1047, 1048, 1049) are not
/// here.
enum class Mode : std::uint8_t {
    // Of ECMA-48 (CSI Ps h).
    keyboard_locked,
    insert,
    echo_off,
    newline,
    // Private ones (CSI ? Ps h); numbers and meanings: xterm's ctlseqs.
    application_cursor,
    slow_scroll,
    reverse_screen,
    origin,
    autowrap,
    auto_repeat,
    blinking_cursor,
    cursor_visible,
    allow_columns,
    reverse_wrap,
    numeric_keypad,
    backarrow,
    left_right_margins,
    mouse_x10,
    mouse_buttons,
    mouse_highlight,
    mouse_drag,
    mouse_motion,
    focus_events,
    mouse_utf8,
    mouse_sgr,
    alternate_scroll,
    mouse_urxvt,
    mouse_pixels,
    meta_eight_bit,
    special_modifiers,
    meta_escape,
    alt_escape,
    extended_reverse_wrap,
    bracketed_paste,
    synchronized,
    theme_reports,
    resize_reports,
    count
};
constexpr auto mode_count = static_cast<std::size_t>(Mode::count);

struct ModeInfo {
    Mode mode;
    std::uint16_t number;
    bool is_private;
    bool initially;
    bool restored; ///< given again to a terminal that comes back
};

/// All of them, a row a mode, in the order of the enumeration.
inline constexpr std::array<ModeInfo, mode_count> mode_table{{
    {Mode::keyboard_locked, 2, false, false, true},
    {Mode::insert, 4, false, false, true},
    {Mode::echo_off, 12, false, true, true},
    {Mode::newline, 20, false, false, true},
    {Mode::application_cursor, 1, true, false, true},
    {Mode::slow_scroll, 4, true, false, true},
    {Mode::reverse_screen, 5, true, false, true},
    {Mode::origin, 6, true, false, true},
    {Mode::autowrap, 7, true, true, true},
    {Mode::auto_repeat, 8, true, true, true},
    {Mode::blinking_cursor, 12, true, false, true},
    {Mode::cursor_visible, 25, true, true, true},
    {Mode::allow_columns, 40, true, false, true},
    {Mode::reverse_wrap, 45, true, false, true},
    {Mode::numeric_keypad, 66, true, false, true},
    {Mode::backarrow, 67, true, false, true},
    {Mode::left_right_margins, 69, true, false, true},
    {Mode::mouse_x10, 9, true, false, true},
    {Mode::mouse_buttons, 1000, true, false, true},
    {Mode::mouse_highlight, 1001, true, false, true},
    {Mode::mouse_drag, 1002, true, false, true},
    {Mode::mouse_motion, 1003, true, false, true},
    {Mode::focus_events, 1004, true, false, true},
    {Mode::mouse_utf8, 1005, true, false, true},
    {Mode::mouse_sgr, 1006, true, false, true},
    {Mode::alternate_scroll, 1007, true, false, true},
    {Mode::mouse_urxvt, 1015, true, false, true},
    {Mode::mouse_pixels, 1016, true, false, true},
    {Mode::meta_eight_bit, 1034, true, false, true},
    {Mode::special_modifiers, 1035, true, true, true},
    {Mode::meta_escape, 1036, true, true, true},
    {Mode::alt_escape, 1039, true, true, true},
    {Mode::extended_reverse_wrap, 1045, true, false, true},
    {Mode::bracketed_paste, 2004, true, false, true},
    {Mode::synchronized, 2026, true, false, false}, // it would freeze the one who comes back
    {Mode::theme_reports, 2031, true, false, true},
    {Mode::resize_reports, 2048, true, false, true},
}};

/// The mode of that number, if it is known.
[[nodiscard]] constexpr std::optional<Mode> find_mode(unsigned number, bool is_private) noexcept {
    for (const ModeInfo& info : mode_table) {
        if (info.number == number && info.is_private == is_private) return info.mode;
    }
    return std::nullopt;
}

class Modes {
public:
    Modes() noexcept { reset(); }

    [[nodiscard]] bool operator[](Mode mode) const noexcept {
        return m_on[static_cast<std::size_t>(mode)];
    }
    /// Of the mouse's reports at most one is on, of its encodings too.
    void set(Mode mode, bool on) noexcept;
    void reset() noexcept;

    /// XTSAVE and XTRESTORE, CSI ? Ps s and r.
    void save(Mode mode) noexcept;
    [[nodiscard]] bool saved(Mode mode) const noexcept {
        return m_saved[static_cast<std::size_t>(mode)];
    }
    [[nodiscard]] const std::bitset<mode_count>& all_saved() const noexcept { return m_saved; }

    friend bool operator==(const Modes&, const Modes&) = default;

private:
    std::bitset<mode_count> m_on;
    std::bitset<mode_count> m_saved;
};

} // namespace outlast::terminal
