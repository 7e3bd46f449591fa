// C0 controls and escape sequences.
#include "terminal/parser.hpp"
#include "terminal/screen.hpp"

#include <algorithm>

namespace outlast::terminal {
namespace {

Charset charset_of(char final) noexcept {
    switch (final) {
    case '0': return Charset::graphics;
    case 'A': return Charset::british;
    default: return Charset::ascii;
    }
}

void designate(Screen& screen, std::size_t set, const Sequence& sequence) {
    // Sets of two bytes (ESC ( % 5) are national ones that ASCII stands for.
    screen.charsets.sets[set] =
        sequence.between_count == 1 ? charset_of(sequence.final) : Charset::ascii;
}

void obey_hash(Screen& screen, char final) {
    const auto set_size = [&screen](LineSize size) {
        screen.row().size = size;
        screen.cursor.pending = false;
        // One column behind the last one, where text is lost: so in xterm.
        const auto middle = static_cast<std::uint16_t>(screen.size.columns / 2);
        if (size != LineSize::single) screen.cursor.column = std::min(screen.cursor.column, middle);
    };
    switch (final) {
    case '3': return set_size(LineSize::double_top);
    case '4': return set_size(LineSize::double_bottom);
    case '5': return set_size(LineSize::single);
    case '6': return set_size(LineSize::double_width);
    case '8': return screen.fill_with_e();
    default: return;
    }
}

void obey_plain(Screen& screen, char final) {
    switch (final) {
    case '6': // DECBI
        if (screen.cursor.column == screen.margins.left && screen.in_margins())
            screen.shift_columns(screen.margins.left, 1, true);
        else screen.move_left(1);
        return;
    case '7': return screen.save_cursor();
    case '8': return screen.restore_cursor();
    case '9': // DECFI
        if (screen.cursor.column == screen.margins.right && screen.in_margins())
            screen.shift_columns(screen.margins.left, 1, false);
        else screen.move_right(1);
        return;
    case '=': screen.application_keypad = true; return;
    case '>': screen.application_keypad = false; return;
    case 'D': return screen.index();
    case 'E': screen.index(); return screen.carriage_return();
    case 'H': screen.tabs[screen.cursor.column] = true; return;
    case 'M': return screen.reverse_index();
    case 'N': screen.charsets.single = 2; return;
    case 'O': screen.charsets.single = 3; return;
    case 'Z':
        if (screen.listener != nullptr) screen.listener->on_reply(screen.identity.primary);
        return;
    case 'c': return screen.full_reset();
    case 'n': screen.charsets.left = 2; return;
    case 'o': screen.charsets.left = 3; return;
    case '|': screen.charsets.right = 3; return;
    case '}': screen.charsets.right = 2; return;
    case '~': screen.charsets.right = 1; return;
    default: return;
    }
}

} // namespace

void obey_control(Screen& screen, char byte) {
    switch (byte) {
    case '\a':
        if (screen.listener != nullptr) screen.listener->on_bell();
        return;
    case '\b': return screen.backspace();
    case '\t': return screen.tab(1);
    case '\n':
    case '\v':
    case '\f': return screen.line_feed();
    case '\r': return screen.carriage_return();
    case '\x0E': screen.charsets.left = 1; return;
    case '\x0F': screen.charsets.left = 0; return;
    default: return;
    }
}

void obey_escape(Screen& screen, const Sequence& sequence) {
    if (sequence.between_count == 0) return obey_plain(screen, sequence.final);
    switch (sequence.between[0]) {
    case '#': return obey_hash(screen, sequence.final);
    case '(': return designate(screen, 0, sequence);
    case ')':
    case '-': return designate(screen, 1, sequence);
    case '*':
    case '.': return designate(screen, 2, sequence);
    case '+':
    case '/': return designate(screen, 3, sequence);
    default: return;
    }
}

} // namespace outlast::terminal
