// Writes cells as the bytes that make a terminal show them.
#include "terminal/row_writer.hpp"

#include "terminal/sgr.hpp"
#include "terminal/utf8.hpp"

#include <algorithm>

namespace outlast::terminal {

void RowWriter::guard(bool on) {
    if (on == m_guarded) return;
    m_guarded = on;
    m_out += on ? "\033[1\"q" : "\033[0\"q";
}

void RowWriter::pen(const Style& style, const Extra& extra) {
    m_out += rendition(m_style, m_extra.underline, style, extra.underline);
    if (m_links == Links::written && extra.link != m_extra.link)
        m_out += "\033]8;" + (extra.link.empty() ? ";" : extra.link) + "\033\\";
    m_style = style;
    m_extra = extra;
    guard((style.attributes & guarded) != 0);
}

void RowWriter::cell(const Cell& cell, std::string_view cluster) {
    if (cell.is_tail()) return;
    if (cell.style != m_style) pen(cell.style, m_screen.extras.get(cell.style.extra));
    if (cell.is_cluster()) m_out += cluster;
    else append_utf8(m_out, cell.value());
}

/// Erased cells are not blanks that were written: ECH erases with the pen's background.
void RowWriter::blanks(unsigned count, const Style& style, bool to_the_end) {
    if (style.background != default_color) {
        pen({default_color, style.background, 0, 0}, {});
        m_out += to_the_end ? std::string("\033[K") : "\033[" + std::to_string(count) + "X";
    }
    if (!to_the_end) m_out += "\033[" + std::to_string(count) + "C";
}

void RowWriter::row(const Row& row, Start start) {
    const unsigned columns = m_screen.size.columns;
    // The place that a wide character left empty at the end of its row comes by itself.
    const unsigned end = row.leaves_place() ? columns - 1 : std::min<unsigned>(row.used, columns);
    unsigned begin = 0;
    const Cell first = row.at(0);
    const bool by_wide = start == Start::wrapped_by_wide;
    const bool wraps_by_itself =
        (by_wide ? first.is_wide() : first.glyph != 0) && first.style.background == default_color;
    if (start == Start::wrapped_from_history) {
        begin = first_part(row);
        pen({}, {});
        m_out += begin == 3 ? "\xE3\x80\x80 " : "\xE3\x80\x80";
    } else if (start != Start::anywhere && !wraps_by_itself) {
        // With a background set, a terminal that scrolls fills the whole row with it: so a blank in
        // the default style goes first and is erased at once.
        pen({}, {});
        m_out += by_wide || first.is_wide() ? "\xE3\x80\x80\b\b\033[2X" : " \b\033[X";
    }
    part(row, begin, end);
}

unsigned RowWriter::first_part(const Row& row) noexcept { return row.at(2).is_tail() ? 3 : 2; }

void RowWriter::part(const Row& row, unsigned begin, unsigned end) {
    unsigned column = begin;
    while (column < end) {
        const Cell cell = row.at(static_cast<std::uint16_t>(column));
        if (cell.glyph != 0) {
            this->cell(cell, cell.is_cluster() ? m_screen.clusters.text(cell.value())
                                               : std::string_view());
            ++column;
            continue;
        }
        const unsigned first = column;
        while (column < end && row.at(static_cast<std::uint16_t>(column)) == cell) ++column;
        blanks(column - first, cell.style, column == m_screen.size.columns);
    }
}

void RowWriter::line(const History::Line& line) {
    const unsigned columns = m_screen.size.columns;
    LineReader reader(line.bytes);
    Cell cell;
    unsigned column = 0;
    bool colored = false; // rows may have been filled with a background while they scrolled in
    unsigned skipped = 0;
    Style skipped_style;
    const auto flush = [&] {
        if (skipped > 0) skip(skipped, skipped_style.background, colored);
        skipped = 0;
    };
    while (reader.next(cell)) {
        const unsigned width = cell.is_wide() ? 2 : 1;
        if (column + width > columns) {
            // Nothing wraps behind a cell that is skipped: a blank is written there.
            const bool ends_with_blank = skipped > 0 && column == columns;
            if (ends_with_blank) --skipped;
            flush();
            if (ends_with_blank) {
                pen({default_color, skipped_style.background, 0, 0}, {});
                m_out += ' ';
            }
            column = 0;
        }
        colored = colored || cell.style.background != default_color;
        if (cell.glyph == 0) {
            if (cell.style != skipped_style) flush();
            // The first cell of a row cannot be skipped: nothing would wrap.
            if (column == 0) {
                pen({}, {});
                m_out += " \b";
                colored = true;
            }
            skipped_style = cell.style;
            ++skipped;
        } else {
            flush();
            this->cell(cell, reader.cluster());
        }
        column += width;
    }
    flush();
    pen({}, {});
    if (colored && !line.open && column < columns) m_out += "\033[K";
}

void RowWriter::skip(unsigned count, Color background, bool erase) {
    const std::string number = std::to_string(count);
    if (erase) {
        pen({default_color, background, 0, 0}, {});
        m_out += "\033[" + number + "X";
    }
    m_out += "\033[" + number + "C";
}

std::string cursor_to(unsigned row, unsigned column) {
    return "\033[" + std::to_string(row + 1) + ";" + std::to_string(column + 1) + "H";
}

} // namespace outlast::terminal
