// The modes of a terminal.
#include "terminal/modes.hpp"

namespace outlast::terminal {
namespace {

constexpr std::array reports{Mode::mouse_x10, Mode::mouse_buttons, Mode::mouse_highlight,
                             Mode::mouse_drag, Mode::mouse_motion};
constexpr std::array encodings{Mode::mouse_utf8, Mode::mouse_sgr, Mode::mouse_urxvt,
                               Mode::mouse_pixels};

template <std::size_t N> bool is_one_of(Mode mode, const std::array<Mode, N>& list) noexcept {
    for (const Mode each : list) {
        if (each == mode) return true;
    }
    return false;
}

std::bitset<mode_count> initial_modes() noexcept {
    std::bitset<mode_count> on;
    for (const ModeInfo& info : mode_table)
        on[static_cast<std::size_t>(info.mode)] = info.initially;
    return on;
}

} // namespace

void Modes::set(Mode mode, bool on) noexcept {
    if (is_one_of(mode, reports)) {
        // Whichever is reset, the mouse is off: as in xterm.
        for (const Mode each : reports) m_on[static_cast<std::size_t>(each)] = false;
    }
    if (on && is_one_of(mode, encodings)) {
        for (const Mode each : encodings) m_on[static_cast<std::size_t>(each)] = false;
    }
    m_on[static_cast<std::size_t>(mode)] = on;
}

void Modes::reset() noexcept {
    m_on = initial_modes();
    m_saved = m_on;
}

void Modes::save(Mode mode) noexcept {
    m_saved[static_cast<std::size_t>(mode)] = m_on[static_cast<std::size_t>(mode)];
}

} // namespace outlast::terminal
