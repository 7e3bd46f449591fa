// Cuts bytes to or from a terminal into text and whole sequences.
#include "terminal/sequence_cutter.hpp"

#include "terminal/parser.hpp"

#include <algorithm>
#include <array>

namespace outlast::terminal {
namespace {

constexpr char escape = '\033';

bool is_cancel(char byte) noexcept { return byte == '\x18' || byte == '\x1A'; }

/// The bytes of a string between its introducer and its end (ST or BEL).
std::string_view inside(std::string_view sequence) {
    sequence.remove_prefix(2);
    if (sequence.ends_with("\033\\")) sequence.remove_suffix(2);
    else if (sequence.ends_with('\a')) sequence.remove_suffix(1);
    return sequence;
}

bool asks_by_csi(const Sequence& sequence) {
    const std::string_view between = sequence.intermediates();
    const char prefix = sequence.prefix;
    switch (sequence.final) {
    case 'c': return between.empty();
    case 'n': return between.empty() && (prefix == 0 || prefix == '?');
    case 'p': return between == "$";
    case 'q': return prefix == '>';
    case 'u': return prefix == '?';
    case 'x': return between.empty() && prefix == 0;
    case 'y': return between == "*";
    case 'S': return prefix == '?'; // graphics: XTSMGRAPHICS
    case 't': {
        const int what = sequence.value(0, 0);
        return between.empty() && prefix == 0 && what >= 11 && what <= 21;
    }
    default: return false;
    }
}

/// "11;?" or "4;1;?;2;?": a colour, or the clipboard (52), is asked for.
bool asks_by_osc(std::string_view text) { return text.ends_with(";?"); }

std::string kind_of_csi(const Sequence& sequence) {
    std::string kind;
    if (sequence.prefix != 0) kind += sequence.prefix;
    kind += sequence.intermediates();
    kind += sequence.final;
    if (kind == "t") return "t" + std::to_string(sequence.value(0, 0));
    constexpr std::array<std::string_view, 12> known{"?c", ">c",  "R",  "?R", "n",  "?n",
                                                     "$y", "?$y", "?u", "x",  "?S", "=c"};
    return std::find(known.begin(), known.end(), kind) != known.end() ? kind : std::string();
}

std::string kind_of_dcs(std::string_view text) {
    for (const std::string_view mark : {"$r", "+r", ">|", "!|", "!~"}) {
        const std::size_t at = text.find(mark);
        if (at <= 2) return std::string(mark);
    }
    return {};
}

} // namespace

bool SequenceCutter::begins_string(char byte) {
    constexpr std::string_view introducers = "]PX^_";
    if (introducers.find(byte) == std::string_view::npos) return false;
    m_bell_ends = byte == ']';
    return true;
}

/// Takes the next byte of a sequence; true when it is whole with it.
bool SequenceCutter::ends_with(char byte) {
    if (is_cancel(byte)) return true;
    switch (m_state) {
    case State::ground: return true;
    case State::escape:
        if (byte == '[') m_state = State::csi;
        else if (begins_string(byte)) m_state = State::string;
        else return byte < 0x20 || byte > 0x2F; // intermediate bytes come before the last
        return false;
    case State::csi: return byte >= 0x40 && byte <= 0x7E;
    case State::string:
        if (byte == escape) m_state = State::string_escape;
        return byte == '\a' && m_bell_ends;
    case State::string_escape: return true;
    }
    return true;
}

void SequenceCutter::feed(std::string_view bytes, const Sink& sink) {
    while (!bytes.empty()) {
        if (m_state == State::ground) {
            const std::size_t text = std::min(bytes.find(escape), bytes.size());
            if (text > 0) sink(bytes.substr(0, text), Piece::text);
            bytes.remove_prefix(text);
            if (bytes.empty()) return;
            m_open = bytes[0];
            m_state = State::escape;
            bytes.remove_prefix(1);
            continue;
        }
        const char byte = bytes[0];
        const bool begins_anew = byte == escape && m_state != State::string;
        if (begins_anew) {
            sink(m_open, Piece::text);
            m_open = byte;
            m_state = State::escape;
        } else {
            m_open += byte;
            if (ends_with(byte)) {
                m_state = State::ground;
                sink(m_open, Piece::sequence);
                m_open.clear();
            } else if (m_open.size() >= longest) {
                sink(m_open, Piece::text);
                m_open.clear();
            }
        }
        bytes.remove_prefix(1);
    }
}

void SequenceCutter::flush(const Sink& sink) {
    m_state = State::ground;
    if (!m_open.empty()) sink(m_open, Piece::text);
    m_open.clear();
}

bool is_query(std::string_view sequence) {
    if (sequence.size() < 3) return false;
    switch (sequence[1]) {
    case '[': return asks_by_csi(parse_sequence(sequence.substr(2)));
    case ']': return asks_by_osc(inside(sequence));
    case 'P': {
        const std::string_view text = inside(sequence);
        return text.starts_with("$q") || text.starts_with("+q");
    }
    default: return false;
    }
}

std::string reply_kind(std::string_view sequence) {
    if (sequence.size() < 3) return {};
    switch (sequence[1]) {
    case '[': return kind_of_csi(parse_sequence(sequence.substr(2)));
    case 'P': return kind_of_dcs(inside(sequence));
    case ']': {
        const std::string_view text = inside(sequence);
        const std::string code(text.substr(0, std::min(text.find(';'), text.size())));
        return code.empty() ? std::string() : "]" + code;
    }
    default: return {};
    }
}

} // namespace outlast::terminal
