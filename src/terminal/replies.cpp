// Answers to what a program asks of its terminal.
#include "terminal/replies.hpp"

#include "terminal/sgr.hpp"

#include <cstdio>
#include <string>

namespace outlast::terminal {
namespace {

void reply(Screen& screen, std::string_view bytes) {
    if (screen.listener != nullptr) screen.listener->on_reply(bytes);
}

void answer_device_status(Screen& screen, const Sequence& sequence) {
    const int what = sequence.value(0, 0);
    const bool is_private = sequence.prefix == '?';
    if (what == 5 && !is_private) return reply(screen, "\033[0n");
    if (what == 6) {
        const bool origin = screen.modes[Mode::origin];
        const unsigned row = screen.cursor.row - (origin ? screen.margins.top : 0U) + 1U;
        const unsigned column = screen.cursor.column - (origin ? screen.margins.left : 0U) + 1U;
        return reply(screen, std::string(is_private ? "\033[?" : "\033[") + std::to_string(row) +
                                 ";" + std::to_string(column) + (is_private ? ";1R" : "R"));
    }
    if (!is_private) return;
    if (what == 15) return reply(screen, "\033[?13n");               // no printer
    if (what == 25) return reply(screen, "\033[?21n");               // user-defined keys are locked
    if (what == 26) return reply(screen, "\033[?27;1;0;0n");         // a North American keyboard
    if (what == 53 || what == 55) return reply(screen, "\033[?53n"); // no locator
    if (what == 996) return reply(screen, "\033[?997;1n");           // dark
}

void answer_mode(Screen& screen, const Sequence& sequence) {
    const bool is_private = sequence.prefix == '?';
    const auto number = static_cast<unsigned>(sequence.value(0, 0));
    int state = 0;
    if (const auto mode = find_mode(number, is_private)) state = screen.modes[*mode] ? 1 : 2;
    else if (is_private && (number == 47 || number == 1047 || number == 1049))
        state = screen.shown == 1 ? 1 : 2;
    else if (is_private && (number == 2 || number == 3 || number == 1048)) state = 2;
    reply(screen, std::string(is_private ? "\033[?" : "\033[") + std::to_string(number) + ";" +
                      std::to_string(state) + "$y");
}

void answer_window(Screen& screen, const Sequence& sequence) {
    const Size& size = screen.size;
    const auto pair = [](int code, unsigned first, unsigned second) {
        return "\033[" + std::to_string(code) + ";" + std::to_string(first) + ";" +
               std::to_string(second) + "t";
    };
    switch (sequence.value(0, 0)) {
    case 11: return reply(screen, "\033[1t");
    case 13: return reply(screen, pair(3, 0, 0));
    case 14: return reply(screen, pair(4, size.height_px, size.width_px));
    case 16:
        return reply(screen, pair(6, size.height_px / size.rows, size.width_px / size.columns));
    case 18: return reply(screen, pair(8, size.rows, size.columns));
    case 19: return reply(screen, pair(9, size.rows, size.columns));
    // The title is the program's own text: given back, it would be typed into it.
    case 20: return reply(screen, "\033]L\033\\");
    case 21: return reply(screen, "\033]l\033\\");
    default: return;
    }
}

/// DECRQCRA (VT420): the negated sum of the characters in a rectangle.
void answer_checksum(Screen& screen, const Sequence& sequence) {
    const auto bound = [](int value, unsigned most) {
        return std::min(static_cast<unsigned>(std::max(value, 1)), most) - 1U;
    };
    const unsigned top = bound(sequence.value(2, 1), screen.size.rows);
    const unsigned left = bound(sequence.value(3, 1), screen.size.columns);
    const unsigned bottom = bound(sequence.value(4, screen.size.rows), screen.size.rows);
    const unsigned right = bound(sequence.value(5, screen.size.columns), screen.size.columns);
    unsigned sum = 0;
    for (unsigned row = top; row <= bottom; ++row) {
        for (unsigned column = left; column <= right; ++column) {
            const Cell cell = screen.grid()
                                  .row(static_cast<std::uint16_t>(row))
                                  .at(static_cast<std::uint16_t>(column));
            if (cell.is_tail() || cell.is_cluster()) continue;
            sum += cell.glyph == 0 ? ' ' : cell.value();
        }
    }
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "\033P%d!~%04X\033\\", sequence.value(0, 0),
                  -sum & 0xFFFFU);
    reply(screen, text.data());
}

std::string hex_decoded(std::string_view hex) {
    std::string text;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        unsigned byte = 0;
        for (const char digit : hex.substr(i, 2)) {
            byte = byte * 16;
            if (digit >= '0' && digit <= '9') byte += static_cast<unsigned>(digit - '0');
            else if (digit >= 'a' && digit <= 'f') byte += static_cast<unsigned>(digit - 'a') + 10;
            else if (digit >= 'A' && digit <= 'F') byte += static_cast<unsigned>(digit - 'A') + 10;
        }
        text += static_cast<char>(byte);
    }
    return text;
}

std::string hex_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string hex;
    for (const char sign : text) {
        const auto byte = static_cast<unsigned char>(sign);
        hex += {digits[byte >> 4], digits[byte & 15]};
    }
    return hex;
}

} // namespace

bool answer(Screen& screen, const Sequence& sequence) {
    const std::string_view between = sequence.intermediates();
    const char prefix = sequence.prefix;
    switch (sequence.final) {
    case 'c':
        if (!between.empty() || sequence.value(0, 0) != 0) return false;
        if (prefix == 0) reply(screen, screen.identity.primary);
        if (prefix == '>') reply(screen, screen.identity.secondary);
        if (prefix == '=') reply(screen, screen.identity.tertiary);
        return true;
    case 'n':
        if (!between.empty() || (prefix != 0 && prefix != '?')) return false;
        answer_device_status(screen, sequence);
        return true;
    case 'p':
        if (between != "$") return false;
        answer_mode(screen, sequence);
        return true;
    case 'q':
        if (prefix != '>') return false;
        if (sequence.value(0, 0) == 0) reply(screen, "\033P>|" + screen.identity.name + "\033\\");
        return true;
    case 't':
        if (!between.empty() || prefix != 0) return false;
        answer_window(screen, sequence);
        return false;
    case 'u':
        if (prefix != '?') return false;
        reply(screen,
              "\033[?" +
                  std::to_string(screen.keyboards[static_cast<std::size_t>(screen.shown)].flags) +
                  "u");
        return true;
    case 'x':
        if (!between.empty() || prefix != 0) return false;
        if (const int what = sequence.value(0, 0); what < 2)
            reply(screen, "\033[" + std::to_string(what + 2) + ";1;1;128;128;1;0x");
        return true;
    case 'y':
        if (between != "*") return false;
        answer_checksum(screen, sequence);
        return true;
    default: return false;
    }
}

void answer_status_string(Screen& screen, std::string_view what) {
    std::string found;
    const auto pair = [](unsigned first, unsigned second) {
        return std::to_string(first + 1U) + ";" + std::to_string(second + 1U);
    };
    if (what == "m") {
        const std::string text =
            rendition({}, default_color, screen.pen.style, screen.pen.extra.underline);
        found = text.empty() ? "0m" : "0;" + text.substr(2);
    } else if (what == "r") {
        found = pair(screen.margins.top, screen.margins.bottom) + "r";
    } else if (what == "s") {
        found = pair(screen.margins.left, screen.margins.right) + "s";
    } else if (what == " q") {
        found = std::to_string(screen.cursor_shape) + " q";
    } else if (what == "\"q") {
        found = std::string((screen.pen.style.attributes & guarded) != 0 ? "1" : "0") + "\"q";
    } else if (what == "\"p") {
        found = "62;1\"p";
    } else if (what == "t") {
        found = std::to_string(screen.size.rows) + "t";
    } else if (what == "$|") {
        found = std::to_string(screen.size.columns) + "$|";
    } else if (what == "*|") {
        found = std::to_string(screen.size.rows) + "*|";
    }
    reply(screen, found.empty() ? "\033P0$r\033\\" : "\033P1$r" + found + "\033\\");
}

void answer_capabilities(Screen& screen, std::string_view names) {
    while (!names.empty()) {
        const std::size_t end = std::min(names.find(';'), names.size());
        const std::string_view hex = names.substr(0, end);
        names.remove_prefix(std::min(end + 1, names.size()));
        const std::string name = hex_decoded(hex);
        std::string value;
        if (name == "TN" || name == "name") value = "xterm-256color";
        else if (name == "Co" || name == "colors") value = "256";
        else if (name == "RGB") value = "8/8/8";
        if (value.empty()) reply(screen, "\033P0+r" + std::string(hex) + "\033\\");
        else reply(screen, "\033P1+r" + std::string(hex) + "=" + hex_encoded(value) + "\033\\");
    }
}

void answer_color(Screen& screen, std::string_view code, std::uint32_t color) {
    std::array<char, 32> text{};
    const unsigned red = color >> 16 & 0xFF;
    const unsigned green = color >> 8 & 0xFF;
    const unsigned blue = color & 0xFF;
    std::snprintf(text.data(), text.size(), "rgb:%02x%02x/%02x%02x/%02x%02x", red, red, green,
                  green, blue, blue);
    reply(screen, "\033]" + std::string(code) + ";" + text.data() + "\033\\");
}

} // namespace outlast::terminal
