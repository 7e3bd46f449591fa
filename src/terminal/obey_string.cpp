// Operating system commands (OSC) and device control strings (DCS).
#include "terminal/parser.hpp"
#include "terminal/replies.hpp"
#include "terminal/screen.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace outlast::terminal {
namespace {

constexpr std::size_t longest_title = 2048;

/// The part up to the next semicolon; it and the semicolon are taken off `text`.
std::string_view take_field(std::string_view& text) {
    const std::size_t end = std::min(text.find(';'), text.size());
    const std::string_view field = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return field;
}

std::optional<int> number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// One component of a colour, one to four hexadecimal digits, as 0 to 255.
std::optional<std::uint32_t> component(std::string_view text) {
    std::uint32_t value = 0;
    if (text.empty() || text.size() > 4) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    const std::uint32_t most = (1U << (4 * text.size())) - 1;
    return (value * 255 + most / 2) / most;
}

/// XParseColor's "rgb:r/g/b" and "#rrggbb" (#rgb, #rrrgggbbb, #rrrrggggbbbb).
std::optional<std::uint32_t> parse_color(std::string_view text) {
    std::array<std::string_view, 3> parts;
    if (text.starts_with("rgb:")) {
        text.remove_prefix(4);
        for (std::string_view& part : parts) {
            const std::size_t end = std::min(text.find('/'), text.size());
            part = text.substr(0, end);
            text.remove_prefix(std::min(end + 1, text.size()));
        }
    } else if (text.starts_with('#') && (text.size() - 1) % 3 == 0) {
        const std::size_t width = (text.size() - 1) / 3;
        for (std::size_t i = 0; i < parts.size(); ++i) parts[i] = text.substr(1 + i * width, width);
    } else {
        return std::nullopt;
    }
    std::uint32_t color = 0;
    for (const std::string_view part : parts) {
        const auto value = component(part);
        if (!value) return std::nullopt;
        color = color << 8 | *value;
    }
    return color;
}

void set_title(Screen& screen, std::string_view text, bool title, bool icon) {
    text = text.substr(0, longest_title);
    if (icon) screen.titles.icon = text;
    if (!title) return;
    screen.titles.title = text;
    if (screen.listener != nullptr) screen.listener->on_title(text);
}

void change_palette(Screen& screen, std::string_view text) {
    while (!text.empty()) {
        const auto index = number(take_field(text));
        const std::string_view what = take_field(text);
        if (!index || *index < 0 || *index > 255) continue;
        const auto known = screen.palette.find(*index);
        if (what == "?")
            answer_color(screen, "4;" + std::to_string(*index),
                         known != screen.palette.end() ? known->second : 0);
        else if (const auto color = parse_color(what)) screen.palette[*index] = *color;
    }
}

void reset_palette(Screen& screen, std::string_view text) {
    if (text.empty()) screen.palette.clear();
    while (!text.empty()) {
        if (const auto index = number(take_field(text))) screen.palette.erase(*index);
    }
}

/// OSC 10 ; a ; b … sets 10, 11 and so on.
void change_dynamic(Screen& screen, int code, std::string_view text) {
    constexpr int last_code = 19;
    for (; code <= last_code && !text.empty(); ++code) {
        const std::string_view what = take_field(text);
        const auto known = screen.dynamic.find(code);
        if (what == "?")
            answer_color(screen, std::to_string(code),
                         known != screen.dynamic.end()
                             ? known->second
                             : screen.identity.colors[static_cast<std::size_t>(code - 10)]);
        else if (const auto color = parse_color(what)) screen.dynamic[code] = *color;
    }
}

void set_link(Screen& screen, std::string_view text) {
    const std::size_t separator = text.find(';');
    if (separator == std::string_view::npos || text.size() > ExtraTable::longest_link) return;
    const bool none = separator + 1 == text.size();
    screen.pen.extra.link = none ? std::string() : std::string(text);
    screen.set_pen_extra();
}

void set_directory(Screen& screen, std::string_view text) {
    screen.directory = text.substr(0, longest_title);
    if (screen.listener == nullptr) return;
    std::string_view path = text;
    if (path.starts_with("file://")) {
        path.remove_prefix(7);
        path.remove_prefix(std::min(path.find('/'), path.size()));
    }
    screen.listener->on_directory(path);
}

/// Semantic prompts: A prompt, B command, C output, D end with the exit code.
void mark_prompt(Screen& screen, std::string_view text) {
    const std::string_view kind = take_field(text);
    if (kind.size() != 1) return;
    screen.row().mark = kind[0];
    if (screen.listener == nullptr) return;
    const auto code = kind[0] == 'D' ? number(take_field(text)) : std::nullopt;
    screen.listener->on_prompt_mark(kind[0], code.value_or(-1));
}

void notify(Screen& screen, std::string_view text) {
    if (screen.listener == nullptr) return;
    if (text.starts_with("4;")) {
        text.remove_prefix(2);
        const int state = number(take_field(text)).value_or(-1);
        const int percent = number(take_field(text)).value_or(0);
        if (state >= 0 && state <= 4)
            screen.listener->on_progress(state, std::clamp(percent, 0, 100));
        return;
    }
    screen.listener->on_notification({}, text);
}

} // namespace

void obey_osc(Screen& screen, std::string_view text) {
    const auto code = number(take_field(text));
    if (!code) return;
    switch (*code) {
    case 0: return set_title(screen, text, true, true);
    case 1: return set_title(screen, text, false, true);
    case 2: return set_title(screen, text, true, false);
    case 4: return change_palette(screen, text);
    case 7: return set_directory(screen, text);
    case 8: return set_link(screen, text);
    case 9: return notify(screen, text);
    case 22: screen.pointer = text.substr(0, 64); return;
    case 104: return reset_palette(screen, text);
    case 133: return mark_prompt(screen, text);
    case 777:
        if (screen.listener != nullptr && take_field(text) == "notify") {
            const std::string_view title = take_field(text);
            screen.listener->on_notification(title, text);
        }
        return;
    default: break;
    }
    if (*code >= 10 && *code <= 19) change_dynamic(screen, *code, text);
    if (*code >= 110 && *code <= 119) screen.dynamic.erase(*code - 100);
}

void obey_dcs(Screen& screen, const Sequence& sequence, std::string_view text) {
    if (sequence.final != 'q') return;
    if (sequence.intermediates() == "$") answer_status_string(screen, text);
    if (sequence.intermediates() == "+") answer_capabilities(screen, text);
}

} // namespace outlast::terminal
