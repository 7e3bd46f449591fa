// Cuts a stream of bytes into text, controls and sequences.
#include "terminal/parser.hpp"

#include "terminal/cell_run.hpp"
#include "terminal/screen.hpp"
#include "terminal/sgr.hpp"
#include "terminal/width.hpp"

#include <algorithm>

namespace outlast::terminal {
namespace {

constexpr char escape_byte = '\033';
constexpr char cancel = '\x18';
constexpr char substitute = '\x1A';
constexpr std::uint32_t replacement = 0xFFFD;

bool is_control(char byte) noexcept { return static_cast<unsigned char>(byte) < 0x20; }
bool is_ascii(char byte) noexcept { return static_cast<unsigned char>(byte) < 0x80; }

/// The length of the character that `lead` begins, 0 when none does (Unicode, table 3-7).
std::size_t length_of(unsigned char lead) noexcept {
    if (lead < 0x80) return 1;
    if (lead < 0xC2) return 0;
    if (lead < 0xE0) return 2;
    if (lead < 0xF0) return 3;
    return lead < 0xF5 ? 4 : 0;
}

/// Whether `byte` may stand at place `at` of a character that begins with `lead`.
bool may_follow(unsigned char lead, std::size_t at, unsigned char byte) noexcept {
    if ((byte & 0xC0) != 0x80) return false;
    if (at != 1) return true;
    if (lead == 0xE0) return byte >= 0xA0;
    if (lead == 0xED) return byte < 0xA0;
    if (lead == 0xF0) return byte >= 0x90;
    if (lead == 0xF4) return byte < 0x90;
    return true;
}

/// Whether `bytes` begin with a whole character of `length` bytes.
bool is_whole(std::string_view bytes, std::size_t length) noexcept {
    if (bytes.size() < length) return false;
    const auto lead = static_cast<unsigned char>(bytes[0]);
    for (std::size_t at = 1; at < length; ++at) {
        if (!may_follow(lead, at, static_cast<unsigned char>(bytes[at]))) return false;
    }
    return true;
}

std::uint32_t decode(std::string_view bytes) noexcept {
    const auto lead = static_cast<unsigned char>(bytes[0]);
    std::uint32_t code = bytes.size() == 1 ? lead : lead & (0x7FU >> bytes.size());
    for (std::size_t i = 1; i < bytes.size(); ++i)
        code = code << 6 | (static_cast<unsigned char>(bytes[i]) & 0x3FU);
    return code;
}

/// Takes the parameters that begin at `at`; the place behind them.
std::size_t take_parameters(std::string_view bytes, std::size_t at, Sequence& sequence) noexcept {
    constexpr unsigned colon = ':' - '0';
    constexpr unsigned semicolon = ';' - '0';
    // Without bounds checks, and the values in registers: many programs send little else.
    const char* next = bytes.data() + at;
    const char* const end = bytes.data() + bytes.size();
    const auto is_part = [&] {
        return next < end && static_cast<unsigned>(*next - '0') <= semicolon;
    };
    if (!is_part()) return at;
    if (sequence.count == 0) sequence.begin_parameter(false);
    std::size_t count = sequence.count;
    int* const values = sequence.values.data();
    bool* const is_sub = sequence.is_sub.data();
    int value = values[count - 1];
    do {
        const unsigned digit = static_cast<unsigned>(*next++ - '0');
        if (digit < colon) {
            value =
                std::min((value < 0 ? 0 : value) * 10 + static_cast<int>(digit), Sequence::most);
        } else if (count < Sequence::most_parameters) {
            values[count - 1] = value;
            is_sub[count++] = digit == colon;
            value = -1;
        }
    } while (is_part());
    values[count - 1] = value;
    sequence.count = static_cast<std::uint8_t>(count);
    return static_cast<std::size_t>(next - bytes.data());
}

/// Takes the prefix and the parameters; the place behind them.
std::size_t take_beginning(std::string_view bytes, Sequence& sequence) noexcept {
    std::size_t at = 0;
    if (!bytes.empty() && bytes[0] >= '<' && bytes[0] <= '?') sequence.prefix = bytes[at++];
    return take_parameters(bytes, at, sequence);
}

} // namespace

Sequence parse_sequence(std::string_view bytes) {
    Sequence sequence;
    if (bytes.empty()) return sequence;
    sequence.final = bytes.back();
    bytes.remove_suffix(1);
    std::size_t at = take_beginning(bytes, sequence);
    while (at < bytes.size()) {
        if (bytes[at] >= ' ' && bytes[at] <= '/') {
            if (sequence.between_count < sequence.between.size())
                sequence.between[sequence.between_count] = bytes[at];
            ++sequence.between_count;
        } else {
            sequence.final = 0; // a prefix in the middle: no sequence at all
        }
        at = take_parameters(bytes, at + 1, sequence);
    }
    if (sequence.between_count > sequence.between.size()) {
        sequence.between_count = 0;
        sequence.final = 0;
    }
    return sequence;
}

void Parser::feed(std::string_view bytes, Screen& screen) {
    while (!bytes.empty()) {
        std::size_t taken = 1;
        switch (m_state) {
        case State::ground: taken = take_ground(bytes, screen); break;
        case State::escape: take_escape(bytes[0], screen); break;
        case State::csi: take_csi(bytes[0], screen); break;
        case State::string: taken = take_string(bytes, screen); break;
        case State::string_escape:
            if (bytes[0] == '\\') {
                end_string(screen);
            } else {
                begin(State::escape, "\033");
                taken = 0;
            }
            break;
        }
        bytes.remove_prefix(taken);
    }
}

std::size_t Parser::take_ground(std::string_view bytes, Screen& screen) {
    std::size_t at = 0;
    if (!m_partial.empty()) at = take_utf8(bytes, screen);
    while (at < bytes.size() && m_state == State::ground) {
        const char byte = bytes[at];
        if (is_printable(byte)) {
            const std::size_t run = printable_run(bytes.substr(at));
            screen.print_ascii(bytes.substr(at, run));
            at += run;
        } else if (byte == escape_byte) {
            std::size_t taken = take_whole_csi(bytes.substr(at), screen);
            if (taken == 0) taken = take_whole_escape(bytes.substr(at), screen);
            if (taken == 0) begin(State::escape, "\033");
            at += std::max<std::size_t>(taken, 1);
        } else if (!is_ascii(byte)) {
            at += take_text(bytes.substr(at), screen);
        } else if (byte == '\r' || byte == '\n') {
            screen.last.valid = false;
            if (byte == '\r') screen.carriage_return();
            else screen.line_feed();
            ++at;
        } else {
            if (byte != '\x7F') take_control(byte, screen);
            ++at;
        }
    }
    return at;
}

/// The usual case, without collecting: the sequence lies in `bytes` as a whole and holds nothing
/// unusual. 0 when it does not.
std::size_t Parser::take_whole_csi(std::string_view bytes, Screen& screen) {
    if (bytes.size() < 3 || bytes[1] != '[') return 0;
    bytes = bytes.substr(2, longest_sequence - 2);
    Sequence sequence;
    std::size_t at = take_beginning(bytes, sequence);
    const auto is_final = [&] { return at < bytes.size() && bytes[at] >= '@' && bytes[at] <= '~'; };
    if (is_final()) {
        sequence.final = bytes[at];
        end_csi(sequence, screen);
        return at + 3;
    }
    while (at < bytes.size() && bytes[at] >= ' ' && bytes[at] <= '?') ++at;
    if (!is_final()) return 0;
    end_csi(parse_sequence(bytes.substr(0, at + 1)), screen);
    return at + 3;
}

/// The same for an escape sequence, such as ESC ( B. Those that begin something longer are left.
std::size_t Parser::take_whole_escape(std::string_view bytes, Screen& screen) {
    constexpr std::string_view beginnings = "[]PX^_";
    std::size_t at = 1;
    if (at < bytes.size() && bytes[at] >= ' ' && bytes[at] <= '/') ++at;
    if (at == bytes.size() || bytes[at] < '0' || bytes[at] > '~') return 0;
    if (at == 1 && beginnings.find(bytes[at]) != std::string_view::npos) return 0;
    screen.last.valid = false;
    obey_escape(screen, parse_sequence(bytes.substr(1, at)));
    return at + 1;
}

void Parser::end_csi(const Sequence& sequence, Screen& screen) {
    const bool plain = sequence.prefix == 0 && sequence.between_count == 0;
    if (!plain || sequence.final != 'b') screen.last.valid = false;
    // Half of all sequences are this one.
    if (plain && sequence.final == 'm') return select_rendition(screen, sequence);
    obey_csi(screen, sequence);
}

/// Text in other scripts comes in runs of characters of the same width.
std::size_t Parser::take_text(std::string_view bytes, Screen& screen) {
    // Those before `count` are set; to clear the others would cost as much as a short run.
    std::array<char32_t, 128> run; // NOLINT(cppcoreguidelines-pro-type-member-init)
    std::size_t count = 0;
    std::size_t taken = 0;
    int width = 0;
    while (count < run.size() && taken < bytes.size()) {
        const std::string_view rest = bytes.substr(taken);
        const std::size_t length = length_of(static_cast<unsigned char>(rest[0]));
        if (length < 2 || !is_whole(rest, length)) break;
        const std::uint32_t code = decode(rest.substr(0, length));
        const int its_width = width_of(code);
        if (code < 0xA0 || its_width == 0 || (count > 0 && its_width != width)) break;
        width = its_width;
        run[count++] = code;
        taken += length;
    }
    if (count == 0) return take_utf8(bytes, screen);
    screen.print_run({run.data(), count}, width);
    return taken;
}

/// One character, or its beginning; what cannot be one is U+FFFD, once for each maximal part of it
/// (Unicode, 3.9, "substitution of maximal subparts").
std::size_t Parser::take_utf8(std::string_view bytes, Screen& screen) {
    std::size_t taken = 0;
    if (m_partial.empty()) m_partial = bytes[taken++];
    const auto lead = static_cast<unsigned char>(m_partial[0]);
    const std::size_t length = length_of(lead);
    while (m_partial.size() < length && taken < bytes.size() &&
           may_follow(lead, m_partial.size(), static_cast<unsigned char>(bytes[taken])))
        m_partial += bytes[taken++];
    if (m_partial.size() < length && taken == bytes.size()) return taken;
    const std::uint32_t code = m_partial.size() == length ? decode(m_partial) : replacement;
    m_partial.clear();
    take_character(code, screen);
    return taken;
}

void Parser::take_character(std::uint32_t code, Screen& screen) {
    if (code < 0x80 || code > 0x9F) return screen.print(code);
    // C1: what ESC and the character 0x40 below begins.
    const char letter = static_cast<char>(code - 0x40);
    begin(State::escape, "\033");
    take_escape(letter, screen);
}

void Parser::take_control(char byte, Screen& screen) {
    if (byte == escape_byte) return begin(State::escape, "\033");
    screen.last.valid = false;
    obey_control(screen, byte);
}

void Parser::begin(State state, std::string_view introducer) {
    m_state = state;
    m_collected = introducer;
    m_too_long = false;
}

void Parser::begin_string(char kind) {
    m_state = State::string;
    m_string_kind = kind;
    m_string.clear();
    m_too_long = false;
}

void Parser::take_escape(char byte, Screen& screen) {
    if (byte == cancel || byte == substitute) {
        m_state = State::ground;
        screen.last.valid = false;
        return;
    }
    if (byte == escape_byte) return begin(State::escape, "\033");
    if (is_control(byte)) return take_control(byte, screen);
    if (byte >= ' ' && byte <= '/') {
        if (m_collected.size() < longest_sequence) m_collected += byte;
        return;
    }
    if (m_collected.size() == 1) {
        if (byte == '[') return begin(State::csi, "\033[");
        if (byte == ']' || byte == 'P' || byte == 'X' || byte == '^' || byte == '_') {
            m_collected += byte;
            return begin_string(byte);
        }
    }
    m_state = State::ground;
    screen.last.valid = false;
    if (byte < '0' || byte > '~') return;
    m_collected += byte;
    obey_escape(screen, parse_sequence(std::string_view(m_collected).substr(1)));
}

void Parser::take_csi(char byte, Screen& screen) {
    if (byte == cancel || byte == substitute) {
        m_state = State::ground;
        screen.last.valid = false;
        return;
    }
    if (byte == escape_byte) return begin(State::escape, "\033");
    if (is_control(byte)) {
        screen.last.valid = false;
        return obey_control(screen, byte);
    }
    if (byte == '\x7F') return;
    if (byte < 0 || m_collected.size() > longest_sequence) {
        // Not ASCII, or too long: skipped up to what would end it.
        m_too_long = true;
    } else {
        m_collected += byte;
    }
    if (byte < '@' || byte > '~') return;
    m_state = State::ground;
    if (m_too_long) screen.last.valid = false;
    else end_csi(parse_sequence(std::string_view(m_collected).substr(2)), screen);
}

std::size_t Parser::take_string(std::string_view bytes, Screen& screen) {
    const std::size_t end = bytes.find_first_of("\033\x18\x1A\a");
    const std::size_t length = std::min(end, bytes.size());
    const std::size_t room = m_longest_string - std::min(m_longest_string, m_string.size());
    const bool kept = m_string_kind == ']' || m_string_kind == 'P';
    if (kept) m_string.append(bytes.substr(0, std::min(length, room)));
    if (kept && length > room) m_too_long = true;
    if (end == std::string_view::npos) return bytes.size();
    const char byte = bytes[end];
    if (byte == '\a') {
        if (m_string_kind == ']') end_string(screen);
        else if (kept && m_string.size() < m_longest_string) m_string += byte;
    } else if (byte == escape_byte) {
        m_state = State::string_escape;
    } else {
        m_state = State::ground;
        screen.last.valid = false;
    }
    return end + 1;
}

void Parser::end_string(Screen& screen) {
    m_state = State::ground;
    screen.last.valid = false;
    if (m_too_long) return;
    if (m_string_kind == ']') obey_osc(screen, m_string);
    if (m_string_kind != 'P') return;
    const std::size_t final = m_string.find_first_not_of("0123456789:;<=>? !\"#$%&'()*+,-./");
    if (final == std::string::npos) return;
    const std::string_view text = m_string;
    obey_dcs(screen, parse_sequence(text.substr(0, final + 1)), text.substr(final + 1));
}

std::string Parser::pending() const {
    switch (m_state) {
    case State::ground: return m_partial;
    case State::escape: return m_collected;
    case State::csi:
        // One that is skipped: any byte that is not ASCII makes it so.
        return m_too_long ? "\033[\xFF" : m_collected;
    case State::string:
    case State::string_escape: break;
    }
    std::string bytes = "\033";
    bytes += m_string_kind;
    bytes += m_string;
    if (m_too_long) bytes += ' '; // beyond the cap, whatever it is
    if (m_state == State::string_escape) bytes += escape_byte;
    return bytes;
}

} // namespace outlast::terminal
