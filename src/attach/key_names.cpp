// Keys by name, and the bytes that a terminal sends for them (xterm's, as in ctlseqs).
#include "attach/key_names.hpp"

#include "base/text.hpp"

#include <array>
#include <cctype>
#include <optional>
#include <strings.h>

namespace outlast::attach {
namespace {

struct Modifiers {
    bool control = false, meta = false, shift = false;
    [[nodiscard]] bool any() const noexcept { return control || meta || shift; }
    /// xterm's parameter: 1 + shift + 2 alt + 4 control.
    [[nodiscard]] std::string parameter() const {
        return std::to_string(1 + (shift ? 1 : 0) + (meta ? 2 : 0) + (control ? 4 : 0));
    }
};

enum class Form {
    text,   ///< `code` is what is sent
    cursor, ///< CSI code, SS3 code in application mode, CSI 1;M code with modifiers
    pf,     ///< SS3 code, CSI 1;M code with modifiers
    tilde   ///< CSI code ~, CSI code;M ~ with modifiers
};

struct NamedKey {
    const char* name;
    Form form;
    const char* code;
};

constexpr std::array<NamedKey, 38> named_keys{{
    {"Enter", Form::text, "\r"},
    {"Return", Form::text, "\r"},
    {"Tab", Form::text, "\t"},
    {"BTab", Form::text, "\033[Z"},
    {"Escape", Form::text, "\033"},
    {"Esc", Form::text, "\033"},
    {"Space", Form::text, " "},
    {"BSpace", Form::text, "\177"},
    {"Backspace", Form::text, "\177"},
    {"Up", Form::cursor, "A"},
    {"Down", Form::cursor, "B"},
    {"Right", Form::cursor, "C"},
    {"Left", Form::cursor, "D"},
    {"Home", Form::cursor, "H"},
    {"End", Form::cursor, "F"},
    {"Insert", Form::tilde, "2"},
    {"IC", Form::tilde, "2"},
    {"Delete", Form::tilde, "3"},
    {"DC", Form::tilde, "3"},
    {"PageUp", Form::tilde, "5"},
    {"PgUp", Form::tilde, "5"},
    {"PPage", Form::tilde, "5"},
    {"PageDown", Form::tilde, "6"},
    {"PgDn", Form::tilde, "6"},
    {"PgDown", Form::tilde, "6"},
    {"NPage", Form::tilde, "6"},
    {"F1", Form::pf, "P"},
    {"F2", Form::pf, "Q"},
    {"F3", Form::pf, "R"},
    {"F4", Form::pf, "S"},
    {"F5", Form::tilde, "15"},
    {"F6", Form::tilde, "17"},
    {"F7", Form::tilde, "18"},
    {"F8", Form::tilde, "19"},
    {"F9", Form::tilde, "20"},
    {"F10", Form::tilde, "21"},
    {"F11", Form::tilde, "23"},
    {"F12", Form::tilde, "24"},
}};

const NamedKey* find_key(std::string_view name) {
    const std::string wanted(name);
    for (const NamedKey& key : named_keys) {
        if (::strcasecmp(key.name, wanted.c_str()) == 0) return &key;
    }
    return nullptr;
}

Failure no_such_key(std::string_view word) {
    std::string nearest;
    std::size_t best = 3;
    for (const NamedKey& key : named_keys) {
        const std::size_t distance = edit_distance(key.name, word);
        if (distance >= best) continue;
        best = distance;
        nearest = key.name;
    }
    const std::string fix = nearest.empty() ? "text goes without --keys: outlast send JOB TEXT"
                                            : "did you mean " + nearest + "?";
    return fail(Errc::usage, "--keys: \"" + printable_line(word) + "\" is no key", {}, fix);
}

Failure cannot_be_sent(std::string_view word) {
    return fail(Errc::usage, "--keys: a terminal cannot send " + printable_line(word),
                "it has no byte or sequence of its own", "man outlast-send lists the keys");
}

/// The byte of Control and a character, as a terminal makes it.
std::optional<char> control_byte(char sign) {
    if (sign == '?') return '\177';
    if (sign == ' ') return '\0';
    const char upper = static_cast<char>(std::toupper(static_cast<unsigned char>(sign)));
    if (upper < '@' || upper > '_') return std::nullopt;
    return static_cast<char>(upper - '@');
}

Result<std::string> bytes_of_special(const NamedKey& key, const Modifiers& modifiers,
                                     CursorKeys cursor_keys) {
    const std::string code = key.code;
    switch (key.form) {
    case Form::tilde:
        return "\033[" + code + (modifiers.any() ? ";" + modifiers.parameter() : "") + "~";
    case Form::cursor:
    case Form::pf: {
        if (modifiers.any()) return "\033[1;" + modifiers.parameter() + code;
        const bool application = key.form == Form::pf || cursor_keys == CursorKeys::application;
        return (application ? "\033O" : "\033[") + code;
    }
    case Form::text: break;
    }
    std::string bytes = code;
    if (modifiers.shift && code == "\t") bytes = "\033[Z";
    else if (modifiers.shift) return cannot_be_sent(std::string("S-") + key.name);
    if (modifiers.control && code == " ") bytes = std::string(1, '\0');
    else if (modifiers.control) return cannot_be_sent(std::string("C-") + key.name);
    return modifiers.meta ? "\033" + bytes : bytes;
}

Result<std::string> bytes_of_key(std::string_view word, CursorKeys cursor_keys) {
    Modifiers modifiers;
    std::string_view rest = word;
    if (rest.size() == 2 && rest[0] == '^') {
        modifiers.control = true;
        rest.remove_prefix(1);
    }
    while (rest.size() > 2 && rest[1] == '-') {
        const char sign = static_cast<char>(std::toupper(static_cast<unsigned char>(rest[0])));
        if (sign == 'C') modifiers.control = true;
        else if (sign == 'M') modifiers.meta = true;
        else if (sign == 'S') modifiers.shift = true;
        else break;
        rest.remove_prefix(2);
    }
    if (utf8_sequence_length(rest) != rest.size()) {
        const NamedKey* key = find_key(rest);
        if (key == nullptr) return no_such_key(word);
        return bytes_of_special(*key, modifiers, cursor_keys);
    }
    std::string bytes(rest);
    if (modifiers.shift) return cannot_be_sent(word);
    if (modifiers.control) {
        const auto byte = rest.size() == 1 ? control_byte(rest[0]) : std::nullopt;
        if (!byte) return cannot_be_sent(word);
        bytes = std::string(1, *byte);
    }
    return modifiers.meta ? "\033" + bytes : bytes;
}

} // namespace

Result<std::string> bytes_of_keys(std::string_view keys, CursorKeys cursor_keys) {
    std::string all;
    for (const std::string_view word : split(keys, ' ')) {
        if (word.empty()) continue;
        const auto bytes = bytes_of_key(word, cursor_keys);
        if (!bytes) return fail(bytes.error());
        all += *bytes;
    }
    if (all.empty()) return fail(Errc::usage, "--keys: no key was given", {}, "--keys 'C-c Enter'");
    return all;
}

} // namespace outlast::attach
