// Control sequences (CSI), as xterm's ctlseqs lists them.
#include "terminal/parser.hpp"
#include "terminal/replies.hpp"
#include "terminal/screen.hpp"
#include "terminal/sgr.hpp"

#include <algorithm>

namespace outlast::terminal {
namespace {

using Selective = Screen::Selective;

void switch_mode(Screen& screen, unsigned number, bool is_private, bool on) {
    if (is_private) {
        switch (number) {
        case 3: // DECCOLM: the size stays, the rest happens where it is allowed
            if (screen.modes[Mode::allow_columns]) {
                screen.margins = {0, static_cast<std::uint16_t>(screen.size.rows - 1), 0,
                                  static_cast<std::uint16_t>(screen.size.columns - 1)};
                screen.erase_in_display(2, Selective::no);
                screen.move_to(0, 0);
            }
            return;
        case 47: return screen.show_alternate(on, Screen::Switch::plain);
        case 1047: return screen.show_alternate(on, Screen::Switch::clear_on_leave);
        case 1048: return on ? screen.save_cursor() : screen.restore_cursor();
        case 1049: return screen.show_alternate(on, Screen::Switch::with_cursor);
        default: break;
        }
    }
    if (const auto mode = find_mode(number, is_private)) screen.set_mode(*mode, on);
}

void switch_modes(Screen& screen, const Sequence& sequence, bool on) {
    for (std::size_t i = 0; i < sequence.count; ++i) {
        if (sequence.values[i] >= 0)
            switch_mode(screen, static_cast<unsigned>(sequence.values[i]), sequence.prefix == '?',
                        on);
    }
}

void save_modes(Screen& screen, const Sequence& sequence, bool save) {
    for (std::size_t i = 0; i < sequence.count; ++i) {
        const auto number = static_cast<unsigned>(sequence.value(i, 0));
        if (number == 1048) save ? screen.save_cursor() : screen.restore_cursor();
        const auto mode = find_mode(number, true);
        if (!mode) continue;
        if (save) screen.modes.save(*mode);
        else screen.set_mode(*mode, screen.modes.saved(*mode));
    }
}

/// kitty's keyboard protocol, "Progressive enhancement".
void change_keyboard(Screen& screen, const Sequence& sequence) {
    constexpr unsigned known_flags = 31;
    KeyboardStack& stack = screen.keyboards[static_cast<std::size_t>(screen.shown)];
    const auto flags =
        static_cast<std::uint8_t>(static_cast<unsigned>(sequence.value(0, 0)) & known_flags);
    switch (sequence.prefix) {
    case '>':
        if (stack.below.size() >= KeyboardStack::deepest) stack.below.erase(stack.below.begin());
        stack.below.push_back(stack.flags);
        stack.flags = flags;
        return;
    case '<':
        for (unsigned i = sequence.times(); i > 0; --i) {
            if (stack.below.empty()) {
                stack.flags = 0;
                return;
            }
            stack.flags = stack.below.back();
            stack.below.pop_back();
        }
        return;
    case '=': {
        const int how = sequence.value(1, 1);
        if (how == 1) stack.flags = flags;
        else if (how == 2) stack.flags |= flags;
        else if (how == 3) stack.flags = static_cast<std::uint8_t>(stack.flags & ~flags);
        return;
    }
    default: return;
    }
}

/// XTWINOPS 22 and 23: the stack of titles. All else would change a window that is not there.
void change_titles(Screen& screen, const Sequence& sequence) {
    Titles& titles = screen.titles;
    const int what = sequence.value(0, 0);
    const int which = sequence.value(1, 0);
    if (what == 22) {
        if (titles.stack.size() >= Titles::deepest) titles.stack.erase(titles.stack.begin());
        titles.stack.emplace_back(titles.title, titles.icon);
    }
    if (what != 23 || titles.stack.empty()) return;
    const auto [title, icon] = titles.stack.back();
    titles.stack.pop_back();
    if (which != 1) titles.title = title;
    if (which != 2) titles.icon = icon;
    if (which != 1 && screen.listener != nullptr) screen.listener->on_title(titles.title);
}

void clear_tabs(Screen& screen, int what) {
    if (what == 0) screen.tabs[screen.cursor.column] = false;
    if (what == 3) std::fill(screen.tabs.begin(), screen.tabs.end(), false);
}

void usual_tabs(Screen& screen) {
    for (std::size_t column = 0; column < screen.tabs.size(); ++column)
        screen.tabs[column] = column > 0 && column % 8 == 0;
}

void move_in_column(Screen& screen, unsigned column) {
    const bool origin = screen.modes[Mode::origin];
    screen.move_to(screen.cursor.row - (origin ? screen.margins.top : 0U), column);
}

void move_in_row(Screen& screen, unsigned row) {
    const bool origin = screen.modes[Mode::origin];
    screen.move_to(row, screen.cursor.column - (origin ? screen.margins.left : 0U));
}

bool obey_cursor(Screen& screen, const Sequence& sequence) {
    const unsigned times = sequence.times();
    switch (sequence.final) {
    case 'A': screen.move_up(times); return true;
    case 'B': screen.move_down(times); return true;
    case 'e': // VPR does not mind the margins
        move_in_row(screen, screen.cursor.row + times -
                                (screen.modes[Mode::origin] ? screen.margins.top : 0U));
        return true;
    case 'C':
    case 'a': screen.move_right(times); return true;
    case 'D': screen.move_left(times); return true;
    case 'E':
        screen.move_down(times);
        screen.carriage_return();
        return true;
    case 'F':
        screen.move_up(times);
        screen.carriage_return();
        return true;
    case 'G':
    case '`': move_in_column(screen, times - 1); return true;
    case 'd': move_in_row(screen, times - 1); return true;
    case 'H':
    case 'f': screen.move_to(times - 1, sequence.times(1) - 1); return true;
    case 'I': screen.tab(times); return true;
    case 'Z': screen.back_tab(times); return true;
    default: return false;
    }
}

void obey_plain(Screen& screen, const Sequence& sequence) {
    const unsigned times = sequence.times();
    const auto what = static_cast<unsigned>(sequence.value(0, 0));
    switch (sequence.final) {
    case '@': return screen.insert_characters(times);
    case 'J': return screen.erase_in_display(what, Selective::no);
    case 'K': return screen.erase_in_line(what, Selective::no);
    case 'L': return screen.insert_lines(times);
    case 'M': return screen.delete_lines(times);
    case 'P': return screen.delete_characters(times);
    case 'S': return screen.scroll_up(times);
    case 'T':
        // Of highlight tracking: more parameters, or 0, which ends it.
        if (sequence.count <= 1 && sequence.value(0, 1) != 0) screen.scroll_down(times);
        return;
    case '^': return screen.scroll_down(times);
    case 'X': return screen.erase_characters(times);
    case 'b': return screen.repeat_last(times);
    case 'g': return clear_tabs(screen, sequence.value(0, 0));
    case 'h': return switch_modes(screen, sequence, true);
    case 'l': return switch_modes(screen, sequence, false);
    case 'm': return select_rendition(screen, sequence);
    case 'r': return screen.set_vertical_margins(what, static_cast<unsigned>(sequence.value(1, 0)));
    case 's':
        if (screen.modes[Mode::left_right_margins])
            return screen.set_horizontal_margins(what, static_cast<unsigned>(sequence.value(1, 0)));
        return screen.save_cursor();
    case 't': return change_titles(screen, sequence);
    case 'u': return screen.restore_cursor();
    default: return;
    }
}

void obey_private(Screen& screen, const Sequence& sequence) {
    const auto what = static_cast<unsigned>(sequence.value(0, 0));
    switch (sequence.final) {
    case 'h': return switch_modes(screen, sequence, true);
    case 'l': return switch_modes(screen, sequence, false);
    case 's': return save_modes(screen, sequence, true);
    case 'r': return save_modes(screen, sequence, false);
    case 'J': return screen.erase_in_display(what, Selective::yes);
    case 'K': return screen.erase_in_line(what, Selective::yes);
    case 'W':
        if (what == 5) usual_tabs(screen);
        return;
    default: return;
    }
}

/// Parameters `first` to `first + 3` as a rectangle within the screen; nothing when it is empty.
std::optional<Screen::Rectangle> rectangle(const Screen& screen, const Sequence& sequence,
                                           std::size_t first) {
    const bool origin = screen.modes[Mode::origin];
    const int top_edge = origin ? screen.margins.top : 0;
    const int left_edge = origin ? screen.margins.left : 0;
    const int last_row = origin ? screen.margins.bottom : screen.size.rows - 1;
    const int last_column = origin ? screen.margins.right : screen.size.columns - 1;
    const auto place = [&](std::size_t number, int edge, int most) {
        return std::min(edge + std::max(sequence.value(number, 1), 1) - 1, most);
    };
    const auto end = [&](std::size_t number, int edge, int most) {
        const int value = sequence.value(number, 0);
        return value <= 0 ? most : std::min(edge + value - 1, most);
    };
    const int top = place(first, top_edge, last_row);
    const int left = place(first + 1, left_edge, last_column);
    const int bottom = end(first + 2, top_edge, last_row);
    const int right = end(first + 3, left_edge, last_column);
    if (top > bottom || left > right) return std::nullopt;
    const auto narrow = [](int value) { return static_cast<std::uint16_t>(value); };
    return Screen::Rectangle{narrow(top), narrow(left), narrow(bottom), narrow(right)};
}

void obey_rectangle(Screen& screen, const Sequence& sequence) {
    const std::size_t first = sequence.final == 'x' ? 1 : 0;
    const auto where = rectangle(screen, sequence, first);
    if (!where) return;
    switch (sequence.final) {
    case 'x':
        return screen.fill_rectangle(*where, static_cast<std::uint32_t>(sequence.value(0, 0)));
    case 'z': return screen.erase_rectangle(*where, Selective::no);
    case '{': return screen.erase_rectangle(*where, Selective::yes);
    case 'v': {
        const bool origin = screen.modes[Mode::origin];
        const int row = std::max(sequence.value(5, 1), 1) - 1 + (origin ? screen.margins.top : 0);
        const int column =
            std::max(sequence.value(6, 1), 1) - 1 + (origin ? screen.margins.left : 0);
        if (row < screen.size.rows && column < screen.size.columns)
            screen.copy_rectangle(*where, static_cast<std::uint16_t>(row),
                                  static_cast<std::uint16_t>(column));
        return;
    }
    default: return;
    }
}

void obey_with_intermediate(Screen& screen, const Sequence& sequence) {
    const std::string_view between = sequence.intermediates();
    const char final = sequence.final;
    constexpr int shapes = 6;
    if (between == " " && final == 'q' && sequence.value(0, 0) <= shapes) {
        screen.cursor_shape = static_cast<std::uint8_t>(sequence.value(0, 0));
    } else if (between == " " && (final == '@' || final == 'A')) {
        if (screen.in_margins())
            screen.shift_columns(screen.margins.left, sequence.times(), final == 'A');
    } else if (between == "!" && final == 'p') {
        screen.soft_reset();
    } else if (between == "\"" && final == 'q') {
        const int what = sequence.value(0, 0);
        Style& style = screen.pen.style;
        if (what <= 2)
            style.attributes = static_cast<std::uint16_t>(what == 1 ? style.attributes | guarded
                                                                    : style.attributes & ~guarded);
    } else if (between == "'" && (final == '}' || final == '~')) {
        if (screen.in_margins())
            screen.shift_columns(screen.cursor.column, sequence.times(), final == '}');
    } else if (between == "$") {
        obey_rectangle(screen, sequence);
    }
}

} // namespace

void obey_csi(Screen& screen, const Sequence& sequence) {
    if (sequence.final == 0) return;
    const bool plain = sequence.prefix == 0 && sequence.between_count == 0;
    // None of these is a question.
    if (plain && obey_cursor(screen, sequence)) return;
    if (answer(screen, sequence)) return;
    if (sequence.between_count > 0) {
        if (sequence.prefix == 0) obey_with_intermediate(screen, sequence);
        return;
    }
    switch (sequence.prefix) {
    case 0: return obey_plain(screen, sequence);
    case '?': return obey_private(screen, sequence);
    case '>': {
        const bool other_keys = sequence.value(0, -1) == 4;
        const bool resets =
            (sequence.final == 'm' && sequence.count == 0) || (sequence.final == 'n' && other_keys);
        if (resets) screen.modify_other_keys = -1;
        else if (sequence.final == 'm' && other_keys)
            screen.modify_other_keys =
                static_cast<std::int8_t>(std::clamp(sequence.value(1, -1), -1, 3));
        else if (sequence.final == 'u') change_keyboard(screen, sequence);
        return;
    }
    case '<':
    case '=':
        if (sequence.final == 'u') change_keyboard(screen, sequence);
        return;
    default: return;
    }
}

} // namespace outlast::terminal
