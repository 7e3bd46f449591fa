// Turns what a program wrote into the lines that a terminal would have shown in the end.
#pragma once

#include "attach/line_cutter.hpp"
#include "attach/simple_line.hpp"
#include "terminal/listener.hpp"
#include "terminal/model.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outlast::attach {

/// A line is given when nothing can change it any more: when it has left the screen at its top,
/// when the whole screen is erased, or when `settle` or `flush` say so. What the alternate screen
/// shows is no line. The text has no controls but tabs; rows that the terminal wrapped are one
/// line.
///
/// Two states:
/// - simple: the cursor stands at the beginning of an empty row with nothing below. Lines of plain
///   text and colours are kept as text, as many as the screen has rows, and go out as they came;
/// - drawing: a line that moves, erases or holds anything unusual goes, with the simple ones before
///   it, into the model of the terminal, until a line ends in the first state again.
/// So an ordinary log costs no more than a look at its bytes. Memory: a screen, its rows' worth of
/// simple lines, one line of 64 KiB.
class LineRenderer final : private terminal::Listener {
public:
    using Take = std::function<void(const LinePiece&)>;

    LineRenderer(LineEnds ends, terminal::Size size);
    LineRenderer(const LineRenderer&) = delete;
    LineRenderer& operator=(const LineRenderer&) = delete;
    LineRenderer(LineRenderer&&) = delete;
    LineRenderer& operator=(LineRenderer&&) = delete;
    ~LineRenderer() override = default;

    /// The bytes at `offset`, which follow those of the call before.
    void feed(std::uint64_t offset, std::string_view bytes, const Take& take);
    /// The terminal has another size from here on.
    void resize(terminal::Size size, const Take& take);
    /// Nothing follows, or something else: gives all that is held and begins with an empty screen;
    /// the alternate screen stays shown. The last line is an open piece if it was not ended.
    void flush(const Take& take);
    /// As `flush`, and the main screen is shown.
    void restart(terminal::Size size, const Take& take);
    /// The program was in the alternate screen before the first byte that is fed.
    void begin_in_alternate();

    [[nodiscard]] terminal::Size size() const noexcept;

    /// All that there is now was fed: gives the lines that are more than `reach` rows above the
    /// lowest one. One that changes later is given once more.
    void settle(std::size_t reach, const Take& take);
    /// How far up the program has lately gone to change lines: 0 for most.
    [[nodiscard]] std::size_t usual_reach() const noexcept { return m_reach; }

    /// The lines that are not given yet; the cursor is in or below the last one.
    struct Open {
        std::string text;
        std::uint64_t offset = 0;
    };
    [[nodiscard]] std::vector<Open> open_lines() const;
    /// What the screen shows while it is the alternate one: its rows; else nothing.
    [[nodiscard]] std::vector<std::string> alternate_rows() const;

    /// Gives each state of a line that is about to be written over, too (End::overwritten).
    void observe_overwritten() noexcept { m_observes = true; }

private:
    static constexpr std::uint64_t unknown = UINT64_MAX;
    /// No history: every row is taken as it leaves.
    static constexpr terminal::Limits model_limits{0, 4096};
    /// What is known of the line that begins in a row.
    struct RowNote {
        std::uint64_t offset = unknown;   ///< of the byte that began it
        std::optional<std::string> given; ///< its text, if it was given
        std::string drawn, written;       ///< a simple line with tabs, as drawn and as written
    };
    /// The rows of a line that have left the screen while it goes on there.
    struct Leaving {
        bool open = false;
        bool continues = false; ///< a piece of it was given
        RowNote note;
        std::string text;
    };
    struct Simple {
        std::uint64_t offset = 0;
        std::string text;
    };

    void on_row_leaves(const terminal::Row& row, bool goes_on) override;
    void on_main_erased() override;

    [[nodiscard]] terminal::Screen& screen() noexcept { return m_model.screen(); }
    [[nodiscard]] const terminal::Screen& screen() const noexcept { return m_model.screen(); }
    [[nodiscard]] std::size_t main_row() const noexcept;
    [[nodiscard]] std::size_t end_of_content() const noexcept;
    [[nodiscard]] std::size_t line_start(std::size_t row) const noexcept;
    [[nodiscard]] std::string line_text(std::size_t start, std::size_t& end) const;
    [[nodiscard]] bool is_simple_state() const;

    std::size_t take_simple(std::uint64_t offset, std::string_view bytes);
    void keep_simple(std::uint64_t offset, std::string_view line);
    void draw_simple();
    std::size_t draw_segment(std::uint64_t offset, std::string_view bytes);
    /// `next`: the offset behind it.
    void feed_model(std::string_view segment, std::uint64_t next);
    void note_cursor();
    void clear_model();
    void give_rows(std::size_t end, LinePiece::End last);
    void give_row_text(RowNote& note, std::string text, LinePiece::End end);
    void count_line();
    void observe();
    void reset(terminal::Size size);

    LineEnds m_ends;
    terminal::Model m_model;
    std::deque<RowNote> m_notes; ///< one for each row of the main screen
    std::size_t m_given = 0;     ///< rows at the top that were given
    bool m_drawing = false;
    bool m_model_used = false; ///< something was drawn since it was cleared
    std::deque<Simple> m_simple;
    std::size_t m_simple_given = 0; ///< of them
    std::string m_partial;          ///< a simple line that is not complete yet
    std::uint64_t m_partial_offset = 0;
    Leaving m_leaving;
    std::size_t m_passed_over = 0; ///< lines that leave in a resize and were given
    std::size_t m_lowest = 0;      ///< the row that the cursor was in at the most
    std::size_t m_reach = 0;
    std::size_t m_lines_since_reach = 0;
    std::uint64_t m_offset = 0;
    bool m_observes = false;
    std::string m_observed;
    const Take* m_take = nullptr; ///< while one of the calls above runs
};

} // namespace outlast::attach
