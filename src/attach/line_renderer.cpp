// Turns what a program wrote into the lines that a terminal would have shown in the end.
#include "attach/line_renderer.hpp"

#include "base/text.hpp"
#include "terminal/plain_text.hpp"
#include "terminal/screen.hpp"

#include <algorithm>

namespace outlast::attach {
namespace {

bool is_color(std::string_view bytes, std::size_t at, std::size_t& end) noexcept {
    if (at + 1 >= bytes.size() || bytes[at + 1] != '[') return false;
    for (end = at + 2; end < bytes.size() && bytes[end] >= '0' && bytes[end] <= ';';) ++end;
    return end < bytes.size() && bytes[end] == 'm';
}

/// A row may be no more than a background.
bool has_text(const terminal::Row& row) noexcept {
    return std::any_of(row.cells.begin(), row.cells.begin() + row.used,
                       [](const terminal::Cell& cell) { return cell.glyph != 0; });
}

/// Text up to the next thing that may move: a line feed is the segment's last byte, an escape
/// sequence (colours excepted) or a carriage return the first of the next segment.
std::size_t segment_length(std::string_view bytes, bool at_returns) noexcept {
    std::size_t at = 1;
    if (bytes[0] == '\n') return 1;
    for (;;) {
        at = std::min(bytes.find_first_of(at_returns ? "\n\033\r" : "\n\033", at), bytes.size());
        if (at == bytes.size()) return at;
        if (bytes[at] == '\n') return at + 1;
        std::size_t end = 0;
        if (bytes[at] == '\033' && is_color(bytes, at, end)) at = end + 1;
        else if (bytes[at] == '\r' && at + 1 < bytes.size() && bytes[at + 1] == '\n') ++at;
        else return at;
    }
}

} // namespace

LineRenderer::LineRenderer(LineEnds ends, terminal::Size size)
    : m_ends(ends), m_model(size, model_limits), m_notes(screen().size.rows) {
    m_model.set_listener(this);
}

std::size_t LineRenderer::main_row() const noexcept {
    return screen().shown == 0 ? screen().cursor.row : screen().saved[0].cursor.row;
}

/// The first row below all that was written and below those that the cursor has left.
std::size_t LineRenderer::end_of_content() const noexcept {
    std::size_t end = main_row();
    for (std::size_t row = end; row < m_notes.size(); ++row) {
        if (has_text(screen().grids[0].row(static_cast<std::uint16_t>(row)))) end = row + 1;
    }
    return end;
}

std::size_t LineRenderer::line_start(std::size_t row) const noexcept {
    while (row > 0 && screen().grids[0].wraps(static_cast<std::uint16_t>(row - 1))) --row;
    return row;
}

/// `end`: the first row behind it.
std::string LineRenderer::line_text(std::size_t start, std::size_t& end) const {
    std::string text;
    const terminal::Grid& grid = screen().grids[0];
    bool goes_on = true;
    for (end = start; goes_on && end < m_notes.size(); ++end) {
        const auto row = static_cast<std::uint16_t>(end);
        goes_on = grid.wraps(row) && end + 1 < m_notes.size();
        terminal::append_row_text(text, screen(), grid.row(row), goes_on);
    }
    return text;
}

bool LineRenderer::is_simple_state() const {
    using terminal::Mode;
    const terminal::Screen& now = screen();
    const auto& modes = now.modes;
    const bool usual =
        now.shown == 0 && now.cursor.column == 0 && !now.cursor.pending && modes[Mode::autowrap] &&
        !modes[Mode::insert] && !modes[Mode::origin] && !modes[Mode::left_right_margins] &&
        now.margins.top == 0 && now.margins.bottom + 1U == now.size.rows &&
        now.charsets == terminal::Charsets() && !m_leaving.open && !m_leaving.continues;
    return usual && end_of_content() == now.cursor.row && m_model.pending().empty();
}

void LineRenderer::count_line() {
    ++m_lines_since_reach;
    if (m_lines_since_reach > 4 * m_notes.size()) m_reach = 0;
}

/// A line that was given before, and has not changed, is not given again.
void LineRenderer::give_row_text(RowNote& note, std::string text, LinePiece::End end) {
    if (!note.drawn.empty() && text == note.drawn) text = note.written;
    if (note.given != text)
        (*m_take)(
            {text, note.offset == unknown ? m_offset : note.offset, !m_leaving.continues, end});
    note.given = std::move(text);
    count_line();
}

void LineRenderer::on_row_leaves(const terminal::Row& row, bool goes_on) {
    RowNote note = std::move(m_notes.front());
    m_notes.pop_front();
    m_notes.emplace_back();
    if (m_lowest > 0) --m_lowest;
    if (m_take == nullptr) return;
    if (m_passed_over > 0) {
        if (!goes_on) --m_passed_over;
        return;
    }
    if (m_given > 0) {
        --m_given;
        return;
    }
    if (!m_leaving.open) {
        m_leaving = {true, m_leaving.continues, std::move(note), {}};
        if (m_leaving.note.offset == unknown) m_leaving.note.offset = m_offset;
    }
    terminal::append_row_text(m_leaving.text, screen(), row, goes_on);
    if (goes_on && m_leaving.text.size() < LineCutter::longest) return;
    give_row_text(m_leaving.note, std::move(m_leaving.text),
                  goes_on ? LinePiece::End::cut : LinePiece::End::line_feed);
    m_leaving = {};
    m_leaving.continues = goes_on;
}

void LineRenderer::on_main_erased() {
    if (m_take == nullptr) return;
    give_rows(end_of_content(), LinePiece::End::line_feed);
    for (RowNote& note : m_notes) note = {};
    m_given = 0;
    m_lowest = 0;
    m_observed.clear();
}

/// The rows that were not given, up to `end`, where a line begins; `last` is how the last ends.
void LineRenderer::give_rows(std::size_t end, LinePiece::End last) {
    for (std::size_t row = m_given; row < end;) {
        std::size_t next = row;
        const std::string text = line_text(row, next);
        if (m_leaving.open) m_notes[row] = std::move(m_leaving.note);
        give_row_text(m_notes[row], m_leaving.text + text,
                      next >= end ? last : LinePiece::End::line_feed);
        m_leaving = {};
        row = next;
    }
    m_given = std::max(m_given, end);
}

void LineRenderer::note_cursor() {
    if (screen().shown != 0) return;
    const std::size_t row = screen().cursor.row;
    if (m_notes[row].offset == unknown) m_notes[row].offset = m_offset;
    if (row > m_lowest) {
        m_lowest = row;
    } else if (row < m_lowest) {
        m_reach = std::max(m_reach, m_lowest - row);
        m_lines_since_reach = 0;
    }
    if (row < m_given) m_given = line_start(row);
}

/// What is seen in the cursor's line now, if it is about to be written over.
void LineRenderer::observe() {
    if (screen().shown != 0) return;
    std::size_t end = 0;
    const std::size_t start = line_start(screen().cursor.row);
    std::string text = m_leaving.text + line_text(start, end);
    if (text == m_observed) return;
    m_observed = std::move(text);
    if (m_observed.empty()) return;
    (*m_take)({m_observed, m_offset, true, LinePiece::End::overwritten});
}

void LineRenderer::feed_model(std::string_view segment, std::uint64_t next) {
    note_cursor();
    const bool ends = segment.back() == '\n';
    // Where a sequence has moved the cursor to is seen before the line feed moves it again.
    if (ends && (segment[0] == '\033' || m_ends == LineEnds::file)) {
        m_model.feed(segment.substr(0, segment.size() - 1));
        note_cursor();
        segment = m_ends == LineEnds::file ? "\r\n" : "\n";
    }
    m_model.feed(segment);
    if (ends) m_offset = next;
    note_cursor();
    m_model_used = true;
}

std::size_t LineRenderer::draw_segment(std::uint64_t offset, std::string_view bytes) {
    const std::size_t length = segment_length(bytes, m_observes);
    const std::string_view segment = bytes.substr(0, length);
    m_offset = offset;
    feed_model(segment, offset + length);
    const bool ended = segment.back() == '\n';
    if (m_observes && !ended) observe();
    if (ended && is_simple_state()) m_drawing = false;
    return length;
}

/// The simple lines go into the model, so that what comes next can change them.
void LineRenderer::draw_simple() {
    m_drawing = true;
    for (std::size_t i = 0; !m_simple.empty(); ++i) {
        const Simple line = std::move(m_simple.front());
        m_simple.pop_front();
        m_offset = line.offset;
        note_cursor();
        m_model.feed(line.text);
        m_model.feed("\r\n");
        m_model_used = true;
        m_offset = m_simple.empty() ? m_partial_offset : m_simple.front().offset;
        note_cursor();
        const std::size_t below = screen().cursor.row;
        const std::size_t start = below > 0 ? line_start(below - 1) : 0;
        if (line.text.find('\t') != std::string::npos && below > 0) {
            std::size_t end = 0;
            m_notes[start].drawn = line_text(start, end);
            m_notes[start].written = line.text;
        }
        if (i >= m_simple_given) continue;
        m_given = below;
        m_notes[start].given = line.text;
    }
    m_simple_given = 0;
}

/// All of the model has been scrolled away by simple lines.
void LineRenderer::clear_model() {
    if (!m_model_used) return;
    m_model.feed("\033[0m\033[2J\033[H"); // gives what it holds: see on_main_erased
    m_model_used = false;
}

void LineRenderer::keep_simple(std::uint64_t offset, std::string_view line) {
    Simple kept;
    while (m_simple.size() >= m_notes.size()) {
        clear_model();
        kept = std::move(m_simple.front());
        m_simple.pop_front();
        if (m_simple_given > 0) --m_simple_given;
        else (*m_take)({kept.text, kept.offset, true, LinePiece::End::line_feed});
        count_line();
        kept.text.clear();
    }
    kept.offset = offset;
    append_simple_text(kept.text, line);
    m_simple.push_back(std::move(kept));
}

std::size_t LineRenderer::take_simple(std::uint64_t offset, std::string_view bytes) {
    const std::size_t found = bytes.find('\n');
    const std::size_t length = found == std::string_view::npos ? bytes.size() : found + 1;
    std::string_view line = bytes.substr(0, length);
    if (m_partial.empty()) m_partial_offset = offset;
    if (!m_partial.empty() || found == std::string_view::npos) line = m_partial += line;
    const LineKind kind = kind_of_line(line, m_ends);
    const bool too_long = line.size() > LineCutter::longest;
    if (kind == LineKind::undecided && !too_long) return length;
    if (kind == LineKind::simple && !too_long) {
        keep_simple(m_partial_offset, line);
        m_partial.clear();
        return length;
    }
    draw_simple();
    const std::string whole(line);
    m_partial.clear();
    for (std::size_t at = 0; at < whole.size();)
        at += draw_segment(m_partial_offset + at, std::string_view(whole).substr(at));
    return length;
}

void LineRenderer::feed(std::uint64_t offset, std::string_view bytes, const Take& take) {
    m_take = &take;
    while (!bytes.empty()) {
        const std::size_t taken =
            m_drawing ? draw_segment(offset, bytes) : take_simple(offset, bytes);
        offset += taken;
        bytes.remove_prefix(taken);
    }
    m_take = nullptr;
}

} // namespace outlast::attach
