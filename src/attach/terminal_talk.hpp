// What a job's program asks of its terminal, and what the viewer's terminal answers.
#pragma once

#include "base/duration.hpp"
#include "terminal/sequence_cutter.hpp"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outlast::attach {

/// Between a viewer's terminal and the job:
///
/// - A viewer that does not lead takes the questions out of what it shows: somebody else answers.
/// - The questions of a program to a viewer that leads go to its terminal. Should that not answer
///   in time (a connection that hangs), the model's answer is given in its place, and the real one
///   is swallowed when it comes after all.
/// - The viewer asks questions of its own; their answers are kept apart.
/// - What is still under way when the viewer leaves is waited for, so that none lands on a prompt.
///
/// Keys pass at once and unchanged; only while an answer is awaited, an incomplete sequence is held
/// back, for `key_patience`.
class TerminalTalk {
public:
    static constexpr Nanoseconds first_patience = 300 * ns_per_ms; ///< while no answer was timed
    static constexpr Nanoseconds most_patience = 2 * ns_per_second;
    static constexpr Nanoseconds key_patience = 50 * ns_per_ms;
    static constexpr std::size_t most_awaited = 256; ///< further questions are not watched

    /// What of the job's output the terminal gets.
    [[nodiscard]] std::string show(std::string_view bytes, bool leads);
    /// The program has asked; `answer` is what the model says.
    void asked_by_program(std::string_view answer, Nanoseconds now);
    /// We have sent a question whose answer has this kind (terminal::reply_kind).
    void asked_by_us(const std::string& kind, Nanoseconds now);

    struct FromTerminal {
        std::string keys;              ///< typed, and answers that the program waits for
        std::vector<std::string> ours; ///< answers to our own questions
    };
    [[nodiscard]] FromTerminal take(std::string_view bytes, Nanoseconds now);

    /// When `on_time` has something to do; CLOCK_BOOTTIME.
    [[nodiscard]] std::optional<Nanoseconds> due() const;
    struct Overdue {
        std::string keys;    ///< an incomplete sequence that was a key after all
        std::string answers; ///< the model's, for the program
    };
    [[nodiscard]] Overdue on_time(Nanoseconds now);

    /// A key that is held back because it may be the beginning of an answer.
    [[nodiscard]] std::string give_up_waiting();

    /// The answers that are still under way would land in the shell that comes next.
    [[nodiscard]] bool is_awaiting() const noexcept { return !m_awaited.empty(); }
    [[nodiscard]] Nanoseconds patience() const noexcept;

private:
    struct Awaited {
        std::string kind;
        std::string answer; ///< the model's; empty: a question of ours
        Nanoseconds since = 0;
    };
    struct Late {
        std::string kind;
        Nanoseconds until = 0;
    };

    void take_sequence(std::string_view sequence, Nanoseconds now, FromTerminal& result);
    [[nodiscard]] bool is_late(const std::string& kind);

    terminal::SequenceCutter m_output;
    terminal::SequenceCutter m_input;
    std::deque<Awaited> m_awaited; ///< terminals answer in the order of the questions
    std::deque<Late> m_late;       ///< given up; to be swallowed
    std::optional<Nanoseconds> m_slowest;
    Nanoseconds m_held_since = 0;
};

} // namespace outlast::attach
