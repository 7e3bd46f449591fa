// Writes cells as the bytes that make a terminal show them.
#pragma once

#include "terminal/screen.hpp"

#include <string>
#include <string_view>

namespace outlast::terminal {

/// Keeps track of the pen that the bytes so far have left in the terminal. It begins with the
/// default pen, without a link.
class RowWriter {
public:
    enum class Links { written, left_out };

    RowWriter(const Screen& screen, std::string& out, Links links = Links::written)
        : m_screen(screen), m_out(out), m_links(links) {}

    /// One row from its first column on, the cursor being there and the row erased with the default
    /// style. When the row before wraps into it, its first character has to be one that prints, or
    /// a wide one. When it wraps itself, the cursor is left where the next character wraps.
    enum class Start { anywhere, wrapped_into, wrapped_by_wide, wrapped_from_history };
    void row(const Row& row, Start start);
    /// Of a row that a line of the history goes on in, the first cells are painted last, because
    /// the wrap has to be seen as one until the row above is in the history: a wide blank holds
    /// their place. How many they are; and the cells [begin, end) of a row.
    [[nodiscard]] static unsigned first_part(const Row& row) noexcept;
    void part(const Row& row, unsigned begin, unsigned end);
    /// A line of the history.
    void line(const History::Line& line);

    void cell(const Cell& cell, std::string_view cluster);
    /// Brings the terminal's pen, its link included, to this.
    void pen(const Style& style, const Extra& extra);
    void guard(bool on);

private:
    void skip(unsigned count, Color background, bool erase);
    void blanks(unsigned count, const Style& style, bool to_the_end);

    const Screen& m_screen;
    std::string& m_out;
    Links m_links;
    Style m_style;
    Extra m_extra;
    bool m_guarded = false;
};

/// CUP: moves the cursor; both count from 0.
[[nodiscard]] std::string cursor_to(unsigned row, unsigned column);

} // namespace outlast::terminal
