// What a line renderer holds back, and when it gives that.
#include "attach/line_renderer.hpp"

#include "base/text.hpp"
#include "terminal/plain_text.hpp"
#include "terminal/screen.hpp"

#include <algorithm>
#include <utility>

namespace outlast::attach {

terminal::Size LineRenderer::size() const noexcept { return screen().size; }

void LineRenderer::settle(std::size_t reach, const Take& take) {
    m_take = &take;
    const std::size_t simple = m_drawing ? 0 : m_simple.size();
    const std::size_t rest = reach - std::min(reach, simple);
    const std::size_t lowest = std::max(m_lowest, main_row());
    const std::size_t limit = std::min(main_row(), lowest - std::min(lowest, rest));
    if (const std::size_t whole = line_start(limit); whole > m_given)
        give_rows(whole, LinePiece::End::line_feed);
    for (; m_simple_given + reach < simple; ++m_simple_given) {
        const Simple& line = m_simple[m_simple_given];
        take({line.text, line.offset, true, LinePiece::End::line_feed});
        count_line();
    }
    m_take = nullptr;
}

void LineRenderer::flush(const Take& take) {
    m_take = &take;
    std::string text;
    append_simple_text(text, m_partial);
    if (!is_utf8(text)) {
        // A character was cut: the model knows what becomes of it.
        const std::string partial = std::exchange(m_partial, {});
        draw_simple();
        for (std::size_t at = 0; at < partial.size();)
            at += draw_segment(m_partial_offset + at, std::string_view(partial).substr(at));
    }
    if (m_drawing && !m_model.pending().empty()) m_model.feed("\x18");
    std::size_t end = end_of_content();
    if (m_leaving.open) end = std::max<std::size_t>(end, 1);
    const bool is_open = m_drawing && screen().shown == 0 && main_row() + 1 == end;
    give_rows(end, is_open ? LinePiece::End::open : LinePiece::End::line_feed);
    for (std::size_t i = m_simple_given; i < m_simple.size(); ++i)
        take({m_simple[i].text, m_simple[i].offset, true, LinePiece::End::line_feed});
    if (!m_partial.empty()) take({text, m_partial_offset, true, LinePiece::End::open});
    m_take = nullptr;
    const bool alternate = screen().shown == 1;
    reset(screen().size);
    if (alternate) begin_in_alternate();
}

void LineRenderer::restart(terminal::Size size, const Take& take) {
    flush(take);
    reset(size);
}

void LineRenderer::reset(terminal::Size size) {
    m_model = terminal::Model(size, model_limits);
    m_model.set_listener(this);
    m_notes.assign(screen().size.rows, {});
    m_simple.clear();
    m_partial.clear();
    m_leaving = {};
    m_given = m_simple_given = m_lowest = m_reach = 0;
    m_drawing = m_model_used = false;
    m_observed.clear();
}

void LineRenderer::begin_in_alternate() {
    m_model.feed("\033[?1049h");
    m_drawing = m_model_used = true;
}

/// The lines above the cursor's are given first: how they are wrapped anew is of no account then.
void LineRenderer::resize(terminal::Size size, const Take& take) {
    if (size.rows == screen().size.rows && size.columns == screen().size.columns) return;
    m_take = &take;
    const std::size_t start = line_start(main_row());
    if (start > m_given) give_rows(start, LinePiece::End::line_feed);
    m_passed_over = 0;
    for (std::size_t row = 0; row < start; ++row) {
        if (!screen().grids[0].wraps(static_cast<std::uint16_t>(row))) ++m_passed_over;
    }
    const RowNote note = std::move(m_notes[start]);
    m_given = 0;
    screen().history.clear(); // nothing comes back from there
    m_model.resize(size);
    m_passed_over = 0;
    m_notes.assign(screen().size.rows, {});
    m_given = line_start(main_row());
    m_notes[m_given] = note;
    m_lowest = main_row();
    m_take = nullptr;
}

std::vector<LineRenderer::Open> LineRenderer::open_lines() const {
    std::vector<Open> lines;
    std::size_t end = end_of_content();
    if (m_leaving.open) end = std::max<std::size_t>(end, 1);
    for (std::size_t row = m_given; row < end;) {
        const RowNote& note = m_leaving.open && row == m_given ? m_leaving.note : m_notes[row];
        std::size_t next = row;
        std::string text = line_text(row, next);
        if (m_leaving.open && row == m_given) text.insert(0, m_leaving.text);
        if (!note.drawn.empty() && text == note.drawn) text = note.written;
        lines.push_back({std::move(text), note.offset == unknown ? m_offset : note.offset});
        row = next;
    }
    for (std::size_t i = m_simple_given; i < m_simple.size(); ++i)
        lines.push_back({m_simple[i].text, m_simple[i].offset});
    std::string text;
    append_simple_text(text, m_partial);
    while (!text.empty() && !is_utf8(text)) text.pop_back(); // a character that was cut
    if (!text.empty()) lines.push_back({std::move(text), m_partial_offset});
    return lines;
}

std::vector<std::string> LineRenderer::alternate_rows() const {
    std::vector<std::string> rows;
    if (screen().shown == 0) return rows;
    for (std::uint16_t row = 0; row < screen().size.rows; ++row)
        rows.push_back(terminal::row_text(m_model, row));
    return rows;
}

} // namespace outlast::attach
