// Cuts a stream of bytes into text, controls and sequences.
#include "terminal/parser.hpp"

#include "terminal/screen.hpp"

#include <algorithm>
#include <cstring>

namespace outlast::terminal {
namespace {

constexpr char escape_byte = '\033';
constexpr char cancel = '\x18';
constexpr char substitute = '\x1A';
constexpr std::uint32_t replacement = 0xFFFD;

bool is_control(char byte) noexcept { return static_cast<unsigned char>(byte) < 0x20; }

/// How many bytes from the beginning are printable ASCII. Eight at a time: a byte is printable when
/// neither it nor what an addition or a subtraction makes of it has its high bit set.
std::size_t ascii_run(std::string_view bytes) noexcept {
    constexpr std::uint64_t high = 0x8080808080808080;
    constexpr std::uint64_t ones = 0x0101010101010101;
    std::size_t at = 0;
    while (at + 8 <= bytes.size()) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + at, sizeof word);
        const std::uint64_t low = (word | high) - ones * 0x20; // high bit cleared below 0x20
        const std::uint64_t del = (word & ~high) + ones;       // high bit set for 0x7F
        if (((word | ~low | del) & high) != 0) break;
        at += 8;
    }
    while (at < bytes.size() && static_cast<unsigned char>(bytes[at] - 0x20) < 0x5F) ++at;
    return at;
}

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

} // namespace

Sequence parse_sequence(std::string_view bytes) {
    Sequence sequence;
    if (bytes.empty()) return sequence;
    sequence.final = bytes.back();
    bytes.remove_suffix(1);
    if (!bytes.empty() && bytes[0] >= '<' && bytes[0] <= '?') {
        sequence.prefix = bytes[0];
        bytes.remove_prefix(1);
    }
    bool open = false; // a parameter has begun
    for (const char byte : bytes) {
        if (byte >= '0' && byte <= ';') {
            if (!open && sequence.count < Sequence::most_parameters) {
                sequence.values[sequence.count] = -1;
                sequence.is_sub[sequence.count] = false;
                ++sequence.count;
            }
            open = true;
            if (sequence.count == 0) continue;
            int& value = sequence.values[sequence.count - 1U];
            if (byte <= '9') {
                value = std::min((value < 0 ? 0 : value) * 10 + (byte - '0'), Sequence::most);
            } else if (sequence.count < Sequence::most_parameters) {
                sequence.values[sequence.count] = -1;
                sequence.is_sub[sequence.count] = byte == ':';
                ++sequence.count;
            }
        } else if (byte >= ' ' && byte <= '/') {
            if (sequence.between_count < sequence.between.size())
                sequence.between[sequence.between_count] = byte;
            ++sequence.between_count;
        } else {
            sequence.final = 0; // a prefix in the middle: no sequence at all
        }
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
    if (!m_partial.empty()) return take_utf8(bytes, screen);
    if (const std::size_t run = ascii_run(bytes); run > 0) {
        screen.print_ascii(bytes.substr(0, run));
        return run;
    }
    if (bytes[0] == escape_byte) {
        if (const std::size_t taken = take_whole_csi(bytes, screen); taken > 0) return taken;
    }
    if (is_control(bytes[0])) {
        take_control(bytes[0], screen);
        return 1;
    }
    if (bytes[0] == '\x7F') return 1;
    return take_utf8(bytes, screen);
}

/// The usual case, without collecting: the sequence lies in `bytes` as a whole and holds nothing
/// unusual. 0 when it does not.
std::size_t Parser::take_whole_csi(std::string_view bytes, Screen& screen) {
    if (bytes.size() < 3 || bytes[1] != '[') return 0;
    const std::size_t most = std::min(bytes.size(), longest_sequence);
    std::size_t at = 2;
    while (at < most && bytes[at] >= ' ' && bytes[at] <= '?') ++at;
    if (at == most || bytes[at] < '@' || bytes[at] > '~') return 0;
    end_csi(bytes.substr(2, at - 1), screen);
    return at + 1;
}

/// `bytes`: parameters, intermediate bytes and the final one.
void Parser::end_csi(std::string_view bytes, Screen& screen) {
    const bool repeats = bytes.back() == 'b' &&
                         bytes.find_first_of(" !\"#$%&'()*+,-./<=>?") == std::string_view::npos;
    if (!repeats) screen.last.valid = false;
    obey_csi(screen, parse_sequence(bytes));
}

/// One character, or its beginning; what cannot be one is U+FFFD, once for each maximal part of it
/// (Unicode, 3.9, "substitution of maximal subparts").
std::size_t Parser::take_utf8(std::string_view bytes, Screen& screen) {
    std::size_t taken = 0;
    // Text in other scripts comes in runs.
    do {
        if (m_partial.empty()) {
            const std::size_t length = length_of(static_cast<unsigned char>(bytes[taken]));
            if (length > 0 && is_whole(bytes.substr(taken), length)) {
                const std::uint32_t code = decode(bytes.substr(taken, length));
                taken += length;
                take_character(code, screen);
                continue;
            }
            const char first = bytes[taken++];
            if (length == 0) {
                take_character(replacement, screen);
                continue;
            }
            m_partial = first;
        }
        const auto lead = static_cast<unsigned char>(m_partial[0]);
        const std::size_t length = length_of(lead);
        while (m_partial.size() < length && taken < bytes.size() &&
               may_follow(lead, m_partial.size(), static_cast<unsigned char>(bytes[taken])))
            m_partial += bytes[taken++];
        if (m_partial.size() < length && taken == bytes.size()) return taken;
        const std::uint32_t code = m_partial.size() == length ? decode(m_partial) : replacement;
        m_partial.clear();
        take_character(code, screen);
    } while (m_state == State::ground && taken < bytes.size() &&
             static_cast<unsigned char>(bytes[taken]) >= 0x80);
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
    else end_csi(std::string_view(m_collected).substr(2), screen);
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
