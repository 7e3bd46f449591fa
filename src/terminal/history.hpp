// The lines that have left the screen at its top.
#pragma once

#include "terminal/row.hpp"
#include "terminal/tables.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace outlast::terminal {

/// Logical lines: rows that the terminal wrapped are one line, so a change of the width changes
/// nothing here. A line is its text as UTF-8 with marks in between (see `LineReader`); ten thousand
/// plain lines take about as many bytes as they have. Bounded in bytes: the oldest lines go.
class History {
public:
    struct Line {
        std::string bytes;
        bool open = false;      ///< its last row was wrapped: more belongs to it
        bool continues = false; ///< too long for one piece: the piece before it is the same line
        char mark = 0;          ///< see Row::mark
    };

    explicit History(std::size_t limit) : m_limit(limit) {}

    /// Takes a row that scrolls off; `goes_on` when the next one belongs to the same line.
    void push(const Row& row, bool goes_on, const ClusterTable& clusters);

    [[nodiscard]] std::size_t size() const noexcept { return m_lines.size(); }
    [[nodiscard]] const Line& line(std::size_t number) const { return m_lines[number]; }
    /// Lines that were ever begun here, those that are gone included.
    [[nodiscard]] std::uint64_t ever() const noexcept { return m_ever; }
    /// Takes the last line back, to be laid out on the screen again.
    [[nodiscard]] Line take_last();
    void clear();

    /// The pieces of a logical line longer than this are lines of their own.
    static constexpr std::size_t longest_piece = std::size_t{64} << 10;

private:
    static constexpr std::size_t line_cost = 64; ///< bytes a line takes beside its text

    void append(Line& line, const Row& row, bool goes_on, const ClusterTable& clusters);
    void keep_limit();

    std::deque<Line> m_lines;
    std::string m_spare;         ///< the memory of a line that went
    std::vector<char> m_scratch; ///< a row is written here first
    std::size_t m_limit;
    std::size_t m_bytes = 0;
    std::uint64_t m_ever = 0;
};

/// Reads a line of the history cell by cell.
class LineReader {
public:
    explicit LineReader(std::string_view bytes) : m_bytes(bytes) {}

    /// False at the end. A cluster's text is in `cluster` then, and `cell.glyph` has cluster_flag
    /// without a number. The tails of wide characters are left out.
    [[nodiscard]] bool next(Cell& cell);
    [[nodiscard]] std::string_view cluster() const noexcept { return m_cluster; }

private:
    std::string_view m_bytes;
    std::string_view m_cluster;
    Style m_style;
};

/// The line as cells; clusters are put into `clusters` again.
[[nodiscard]] std::vector<Cell> decode_line(std::string_view bytes, ClusterTable& clusters);

} // namespace outlast::terminal
