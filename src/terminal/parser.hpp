// Cuts a stream of bytes into text, controls and sequences.
#pragma once

#include "terminal/sequence.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace outlast::terminal {

class Screen;

/// The state machine of the VT500 series as Paul Williams has described it, for UTF-8: text runs
/// are taken as a whole, sequences byte by byte. In the state
/// - ground: text and C0 controls; C1 controls come as their two bytes in UTF-8, as in xterm;
/// - escape, csi: bytes are collected until the final one; C0 controls in between are obeyed;
///   CAN and SUB cancel, ESC begins anew; a sequence longer than `longest_sequence` is skipped;
/// - string (OSC, DCS, and SOS, PM, APC, which are skipped): up to ST (or BEL, for OSC); what is
/// longer
///   than its cap is dropped, not kept;
/// - string_escape: an ESC within a string: ST when a backslash follows, else the string is
/// cancelled.
///
/// All that is known of an unfinished sequence is in `pending`: fed to another parser it leads to
/// the same state.
class Parser {
public:
    explicit Parser(std::size_t longest_string) : m_longest_string(longest_string) {}

    void feed(std::string_view bytes, Screen& screen);

    /// The bytes of the sequence, or of the character, that is not finished yet.
    [[nodiscard]] std::string pending() const;

    static constexpr std::size_t longest_sequence = 256;

private:
    enum class State : std::uint8_t { ground, escape, csi, string, string_escape };

    std::size_t take_ground(std::string_view bytes, Screen& screen);
    std::size_t take_whole_csi(std::string_view bytes, Screen& screen);
    static std::size_t take_whole_escape(std::string_view bytes, Screen& screen);
    static void end_csi(const Sequence& sequence, Screen& screen);
    std::size_t take_text(std::string_view bytes, Screen& screen);
    std::size_t take_utf8(std::string_view bytes, Screen& screen);
    std::size_t take_string(std::string_view bytes, Screen& screen);
    void take_character(std::uint32_t code, Screen& screen);
    void take_control(char byte, Screen& screen);
    void take_escape(char byte, Screen& screen);
    void take_csi(char byte, Screen& screen);
    void begin(State state, std::string_view introducer);
    void begin_string(char kind);
    void end_string(Screen& screen);

    std::size_t m_longest_string;
    State m_state = State::ground;
    char m_string_kind = 0;  ///< ']' OSC, 'P' DCS, 'X' SOS, '^' PM, '_' APC
    std::string m_collected; ///< of the sequence, its introducer included
    std::string m_string;
    bool m_too_long = false;
    std::string m_partial; ///< the first bytes of a character
};

/// What the parser calls; each changes the screen.
void obey_control(Screen& screen, char byte);
void obey_escape(Screen& screen, const Sequence& sequence);
void obey_csi(Screen& screen, const Sequence& sequence);
void obey_osc(Screen& screen, std::string_view text);
void obey_dcs(Screen& screen, const Sequence& sequence, std::string_view text);

/// Takes the bytes between an introducer and the end, the final byte included, apart.
[[nodiscard]] Sequence parse_sequence(std::string_view bytes);

} // namespace outlast::terminal
