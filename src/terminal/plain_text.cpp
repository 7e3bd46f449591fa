// A model's rows and history as text.
#include "terminal/plain_text.hpp"

#include "terminal/model.hpp"
#include "terminal/screen.hpp"
#include "terminal/sgr.hpp"
#include "terminal/utf8.hpp"

namespace outlast::terminal {
namespace {

/// Collects cells as text; blanks at the end are left out, unless they are to be seen.
class TextWriter {
public:
    TextWriter(const Screen& screen, TextStyle style) : m_screen(screen), m_style(style) {}

    void put(const Cell& cell, std::string_view cluster) {
        if (cell.is_tail()) return;
        dress(cell.style);
        if (cell.is_cluster()) m_text += cluster;
        else append_utf8(m_text, cell.glyph == 0 ? ' ' : cell.value());
        const bool shows = (cell.glyph != 0 && cell.value() != ' ') || cell.is_cluster() ||
                           (m_style == TextStyle::ansi && cell.style.background != default_color);
        if (shows) m_end = m_text.size();
    }
    [[nodiscard]] std::string take() {
        m_text.resize(m_end);
        if (m_style == TextStyle::ansi && m_last != Style()) {
            if (!m_link.empty()) m_text += "\033]8;;\033\\";
            m_text += "\033[0m";
        }
        return std::move(m_text);
    }

private:
    void dress(const Style& style) {
        if (m_style == TextStyle::plain || style == m_last) return;
        const Extra& extra = m_screen.extras.get(style.extra);
        m_text +=
            rendition(m_last, m_screen.extras.get(m_last.extra).underline, style, extra.underline);
        if (extra.link != m_link) {
            m_link = extra.link;
            m_text += "\033]8;" + (m_link.empty() ? ";" : m_link) + "\033\\";
        }
        m_last = style;
    }

    const Screen& m_screen;
    TextStyle m_style;
    std::string m_text;
    std::string m_link;
    Style m_last;
    std::size_t m_end = 0;
};

} // namespace

std::string row_text(const Model& model, std::uint16_t row, TextStyle style) {
    const Screen& screen = model.screen();
    TextWriter writer(screen, style);
    const Row& cells = screen.grid().row(row);
    for (std::uint16_t column = 0; column < cells.used; ++column) {
        const Cell& cell = cells.cells[column];
        writer.put(cell,
                   cell.is_cluster() ? screen.clusters.text(cell.value()) : std::string_view());
    }
    return writer.take();
}

std::string screen_text(const Model& model, TextStyle style) {
    std::string text;
    std::size_t end = 0;
    for (std::uint16_t row = 0; row < model.screen().size.rows; ++row) {
        text += row_text(model, row, style);
        const bool empty = text.empty() || text.back() == '\n';
        text += '\n';
        if (!empty) end = text.size();
    }
    text.resize(end);
    return text;
}

std::string history_text(const Model& model, std::size_t line, TextStyle style) {
    TextWriter writer(model.screen(), style);
    LineReader reader(model.screen().history.line(line).bytes);
    Cell cell;
    while (reader.next(cell)) writer.put(cell, reader.cluster());
    return writer.take();
}

void append_row_text(std::string& text, const Screen& screen, const Row& row, bool goes_on) {
    const std::size_t begin = text.size();
    std::size_t end = begin;
    for (std::uint16_t column = 0; column < row.used; ++column) {
        const Cell& cell = row.cells[column];
        if (cell.is_tail()) continue;
        if (cell.is_cluster()) text += screen.clusters.text(cell.value());
        else append_utf8(text, cell.glyph == 0 ? ' ' : cell.value());
        if (cell.glyph != 0) end = text.size();
    }
    // The last column is empty where a wide character did not fit.
    if (!goes_on) return text.resize(end);
    if (row.at(static_cast<std::uint16_t>(screen.size.columns - 1U)).glyph == 0) {
        if (row.used == screen.size.columns) text.pop_back();
        else text.append(screen.size.columns - 1U - row.used, ' ');
    }
}

std::size_t history_lines(const Model& model) { return model.screen().history.size(); }

} // namespace outlast::terminal
