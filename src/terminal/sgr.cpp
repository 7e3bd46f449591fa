// Select Graphic Rendition (ECMA-48 8.3.117, and what xterm and kitty added).
#include "terminal/sgr.hpp"

namespace outlast::terminal {
namespace {

constexpr int bright_offset = 8;

void set_underline(Style& style, unsigned kind) noexcept {
    constexpr unsigned last_kind = 5;
    if (kind > last_kind) return;
    style.attributes =
        static_cast<std::uint16_t>((style.attributes & ~underline_mask) | kind << underline_shift);
}

/// 38, 48, 58: `5;n`, `2;r;g;b`, `5:n`, `2:r:g:b` or `2::r:g:b`. Moves `at` to the last value used.
bool take_color(const Sequence& sequence, std::size_t& at, Color& color) {
    const bool sub = at + 1 < sequence.count && sequence.is_sub[at + 1];
    std::size_t end = at + 1;
    while (sub && end < sequence.count && sequence.is_sub[end]) ++end;
    if (!sub) end = sequence.count;
    const auto last_used = [&](std::size_t place) {
        at = sub ? end - 1 : std::min<std::size_t>(place, sequence.count - 1U);
    };
    const int kind = sequence.value(at + 1, -1);
    if (kind == 5) {
        const int index = sequence.value(at + 2, 0);
        const bool good = at + 2 < end && index < 256;
        if (good) color = palette_mark | static_cast<Color>(index);
        last_used(at + 2);
        return good;
    }
    if (kind != 2) {
        last_used(at + 1);
        return false;
    }
    // With colons there may be a colour space in front, which is left out or ignored.
    const std::size_t first = at + (sub && end - at > 5 ? 3 : 2);
    bool good = first + 2 < end;
    Color value = 0;
    for (std::size_t i = first; good && i < first + 3; ++i) {
        const int part = sequence.value(i, 0);
        good = part < 256;
        value = value << 8 | static_cast<Color>(part & 0xFF);
    }
    if (good) color = rgb_mark | value;
    last_used(first + 2);
    return good;
}

void set_bit(Style& style, Attribute bit, bool on) noexcept {
    style.attributes =
        static_cast<std::uint16_t>(on ? style.attributes | bit : style.attributes & ~bit);
}

bool take_attribute(Style& style, int code) {
    switch (code) {
    case 1: set_bit(style, bold, true); return true;
    case 2: set_bit(style, dim, true); return true;
    case 3: set_bit(style, italic, true); return true;
    case 5:
    case 6: set_bit(style, blink, true); return true;
    case 7: set_bit(style, reverse, true); return true;
    case 8: set_bit(style, conceal, true); return true;
    case 9: set_bit(style, strike, true); return true;
    case 21: set_underline(style, 2); return true;
    case 22:
        set_bit(style, bold, false);
        set_bit(style, dim, false);
        return true;
    case 23: set_bit(style, italic, false); return true;
    case 24: set_underline(style, 0); return true;
    case 25: set_bit(style, blink, false); return true;
    case 27: set_bit(style, reverse, false); return true;
    case 28: set_bit(style, conceal, false); return true;
    case 29: set_bit(style, strike, false); return true;
    case 53: set_bit(style, overline, true); return true;
    case 55: set_bit(style, overline, false); return true;
    default: return false;
    }
}

bool take_plain_color(Style& style, int code) {
    const auto indexed = [](int index) { return palette_mark | static_cast<Color>(index); };
    if (code >= 30 && code <= 37) style.foreground = indexed(code - 30);
    else if (code == 39) style.foreground = default_color;
    else if (code >= 40 && code <= 47) style.background = indexed(code - 40);
    else if (code == 49) style.background = default_color;
    else if (code >= 90 && code <= 97) style.foreground = indexed(code - 90 + bright_offset);
    else if (code >= 100 && code <= 107) style.background = indexed(code - 100 + bright_offset);
    else return false;
    return true;
}

void put_color(std::string& text, int code, Color color) {
    if (is_palette(color)) {
        text += ';' + std::to_string(code) + (code == 58 ? ":5:" : ";5;") +
                std::to_string(color & 0xFF);
    } else if (is_rgb(color)) {
        const char* const sign = code == 58 ? ":" : ";";
        text += ';' + std::to_string(code) + sign + "2" + (code == 58 ? "::" : ";") +
                std::to_string(color >> 16 & 0xFF) + sign + std::to_string(color >> 8 & 0xFF) +
                sign + std::to_string(color & 0xFF);
    }
}

/// 30 to 37, 90 to 97 where they do; 16 colours are the most common.
void put_base_color(std::string& text, int base, Color color) {
    const auto index = static_cast<int>(color & 0xFF);
    if (color == default_color) text += ';' + std::to_string(base + 9);
    else if (is_palette(color) && index < bright_offset) text += ';' + std::to_string(base + index);
    else if (is_palette(color) && index < 2 * bright_offset)
        text += ';' + std::to_string(base + 60 + index - bright_offset);
    else put_color(text, base + 8, color);
}

} // namespace

void select_rendition(Screen& screen, const Sequence& sequence) {
    Style& style = screen.pen.style;
    bool extra_changed = false;
    const auto reset = [&] {
        const auto kept = static_cast<std::uint16_t>(style.attributes & guarded);
        style.foreground = style.background = default_color;
        style.attributes = kept;
        extra_changed |= screen.pen.extra.underline != default_color;
        screen.pen.extra.underline = default_color;
    };
    if (sequence.count == 0) reset();
    for (std::size_t at = 0; at < sequence.count; ++at) {
        const int code = sequence.value(at, 0);
        const bool with_sub = at + 1 < sequence.count && sequence.is_sub[at + 1];
        if (code == 0) reset();
        else if (code == 4 && with_sub)
            set_underline(style, static_cast<unsigned>(sequence.value(at + 1, 1)));
        else if (code == 4) set_underline(style, 1);
        else if (code == 38) (void)take_color(sequence, at, style.foreground);
        else if (code == 48) (void)take_color(sequence, at, style.background);
        else if (code == 58) extra_changed |= take_color(sequence, at, screen.pen.extra.underline);
        else if (code == 59) {
            screen.pen.extra.underline = default_color;
            extra_changed = true;
        } else if (!take_attribute(style, code)) {
            (void)take_plain_color(style, code);
        }
        while (at + 1 < sequence.count && sequence.is_sub[at + 1]) ++at;
    }
    if (extra_changed) screen.set_pen_extra();
}

std::string rendition(const Style& from, Color underline_from, const Style& to,
                      Color underline_to) {
    const auto visible = [](const Style& style) {
        return static_cast<unsigned>(style.attributes & ~guarded);
    };
    const bool same = visible(from) == visible(to) && from.foreground == to.foreground &&
                      from.background == to.background && underline_from == underline_to;
    if (same) return {};
    std::string text;
    Style base = from;
    Color base_underline = underline_from;
    // Switching single attributes off is not the same everywhere: all off, then on what is wanted.
    const bool loses = (visible(from) & ~visible(to)) != 0 ||
                       (from.attributes & underline_mask) != (to.attributes & underline_mask) ||
                       (underline_from != default_color && underline_to == default_color);
    if (loses) {
        text += ";0";
        base = {};
        base_underline = default_color;
    }
    const auto gained = static_cast<unsigned>(visible(to) & ~visible(base));
    constexpr struct {
        Attribute bit;
        const char* code;
    } names[] = {{bold, ";1"},    {dim, ";2"},     {italic, ";3"}, {blink, ";5"},
                 {reverse, ";7"}, {conceal, ";8"}, {strike, ";9"}, {overline, ";53"}};
    for (const auto& [bit, code] : names) {
        if ((gained & bit) != 0) text += code;
    }
    const unsigned underline = (to.attributes & underline_mask) >> underline_shift;
    if ((gained & underline_mask) != 0)
        text += underline == 1 ? std::string(";4") : ";4:" + std::to_string(underline);
    if (base.foreground != to.foreground) put_base_color(text, 30, to.foreground);
    if (base.background != to.background) put_base_color(text, 40, to.background);
    if (base_underline != underline_to) put_color(text, 58, underline_to);
    // The first semicolon is not wanted; a lone 0 is the shortest reset.
    return "\033[" + text.substr(1) + "m";
}

} // namespace outlast::terminal
