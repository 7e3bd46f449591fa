// Cuts bytes to or from a terminal into text and whole sequences, unchanged.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace outlast::terminal {

/// For whoever passes bytes on and has to look at some sequences: nothing is interpreted, and the
/// pieces put together are the bytes. CSI, OSC, DCS, SOS, PM and APC are whole sequences, as are
/// ESC and one byte. One that is longer than `longest` comes in pieces of text. Seven-bit
/// introducers only.
class SequenceCutter {
public:
    static constexpr std::size_t longest = std::size_t{64} << 10;
    enum class Piece { text, sequence };
    using Sink = std::function<void(std::string_view bytes, Piece piece)>;

    void feed(std::string_view bytes, const Sink& sink);
    /// The beginning of a sequence that is not whole yet.
    [[nodiscard]] const std::string& pending() const noexcept { return m_open; }
    /// Gives up waiting for the rest: what is pending comes as text.
    void flush(const Sink& sink);

private:
    enum class State { ground, escape, csi, string, string_escape };

    [[nodiscard]] bool ends_with(char byte);
    [[nodiscard]] bool begins_string(char byte);

    State m_state = State::ground;
    bool m_bell_ends = false; ///< OSC ends with BEL too
    std::string m_open;
};

/// Whether a terminal answers to this sequence of a program: DA, DSR, DECRQM, DECRQSS, XTVERSION,
/// XTGETTCAP, colours, window sizes, kitty's keyboard, DECRQCRA, DECREQTPARM.
[[nodiscard]] bool is_query(std::string_view sequence);

/// What kind of answer this sequence from a terminal is ("?c", "R", "$r", "]11" …): an answer fits
/// the question whose answer has the same kind. Empty: it is none, but a key.
[[nodiscard]] std::string reply_kind(std::string_view sequence);

} // namespace outlast::terminal
