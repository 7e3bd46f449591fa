// The lines that have left the screen at its top.
#pragma once

#include "terminal/row.hpp"
#include "terminal/tables.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

namespace outlast::terminal {

/// Logical lines: rows that the terminal wrapped are one line, so a change of the width changes
/// nothing here. A line is its text as UTF-8 with marks in between (see `LineReader`); ten thousand
/// plain lines take about as many bytes as they have. Bounded in bytes: the oldest lines go.
///
/// The text lies in chunks, one line behind the other, each in one piece. A chunk that no line is
/// in any more is used again, so that in the long run nothing is allocated.
class History {
public:
    /// Good until the history changes.
    struct Line {
        std::string_view bytes;
        bool open = false;         ///< its last row was wrapped: more belongs to it
        bool continues = false;    ///< too long for one piece: the piece before it is the same line
        bool leaves_place = false; ///< the row that more follows has: see Row::leaves_place
        char mark = 0;             ///< see Row::mark
    };

    explicit History(std::size_t limit) : m_limit(limit) {}

    /// Takes a row that scrolls off. When it is wrapped, the next one belongs to the same line.
    void push(const Row& row, const ClusterTable& clusters);
    /// Whether `row`, the first one on the screen, belongs to the last line.
    [[nodiscard]] bool goes_on_in(const Row& row) const noexcept;
    /// No row that will come belongs to the last line.
    void end_line();

    [[nodiscard]] std::size_t size() const noexcept { return m_lines.size(); }
    [[nodiscard]] Line line(std::size_t number) const { return m_lines[number].line(); }
    /// Lines that were ever begun here, those that are gone included.
    [[nodiscard]] std::uint64_t ever() const noexcept { return m_ever; }
    /// Takes the last line back, to be laid out on the screen again.
    [[nodiscard]] Line take_last();
    void clear();

    /// The pieces of a logical line longer than this are lines of their own.
    static constexpr std::size_t longest_piece = std::size_t{64} << 10;

private:
    struct Entry {
        const char* text = nullptr;
        std::uint32_t length = 0;
        bool open = false;
        bool continues = false;
        bool leaves_place = false;
        char mark = 0;

        [[nodiscard]] Line line() const noexcept {
            return {{text, length}, open, continues, leaves_place, mark};
        }
    };
    struct Chunk {
        std::unique_ptr<char[]> bytes;
        std::size_t used = 0;
        std::size_t lines = 0;
    };

    void begin_line(char mark, bool continues);
    [[nodiscard]] char* make_room(std::size_t most);
    [[nodiscard]] Chunk new_chunk();
    void append(const Row& row, const ClusterTable& clusters);
    void keep_limit();

    std::deque<Entry> m_lines;
    std::deque<Chunk> m_chunks;
    Chunk m_spare;
    std::size_t m_limit;
    std::size_t m_bytes = 0; ///< of text, and of the entries
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
    /// How many bytes are not read yet.
    [[nodiscard]] std::size_t left() const noexcept { return m_bytes.size(); }

private:
    std::string_view m_bytes;
    std::string_view m_cluster;
    Style m_style;
};

/// The line as cells; clusters are put into `clusters` again.
[[nodiscard]] std::vector<Cell> decode_line(std::string_view bytes, ClusterTable& clusters);

} // namespace outlast::terminal
