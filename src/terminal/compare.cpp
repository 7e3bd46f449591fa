// Whether two models are in the same state.
#include "terminal/compare.hpp"

#include "terminal/model.hpp"
#include "terminal/screen.hpp"

namespace outlast::terminal {
namespace {

std::string show(const Cursor& cursor) {
    return std::to_string(cursor.row) + "," + std::to_string(cursor.column) +
           (cursor.pending ? " pending" : "");
}

std::string show(const Cell& cell) {
    return "glyph " + std::to_string(cell.glyph) + " fg " + std::to_string(cell.style.foreground) +
           " bg " + std::to_string(cell.style.background) + " attributes " +
           std::to_string(cell.style.attributes);
}

bool same_style(const Style& a, const ExtraTable& extras_a, const Style& b,
                const ExtraTable& extras_b) {
    return a.foreground == b.foreground && a.background == b.background &&
           a.attributes == b.attributes && extras_a.get(a.extra) == extras_b.get(b.extra);
}

class Comparison {
public:
    Comparison(const Model& a, const Model& b) : m_a(a.screen()), m_b(b.screen()) {}

    std::string grid(std::size_t number) const;
    std::string history() const;
    std::string rest() const;

private:
    [[nodiscard]] bool same(const Cell& a, const Cell& b) const;
    [[nodiscard]] bool same(const Pen& a, const Pen& b) const;
    [[nodiscard]] bool same(const SavedCursor& a, const SavedCursor& b) const;

    const Screen& m_a;
    const Screen& m_b;
};

bool Comparison::same(const Cell& a, const Cell& b) const {
    if (!same_style(a.style, m_a.extras, b.style, m_b.extras)) return false;
    if (!a.is_cluster() || !b.is_cluster()) return a.glyph == b.glyph;
    return a.is_wide() == b.is_wide() &&
           m_a.clusters.text(a.value()) == m_b.clusters.text(b.value());
}

bool Comparison::same(const Pen& a, const Pen& b) const {
    return same_style(a.style, m_a.extras, b.style, m_b.extras) && a.extra == b.extra;
}

bool Comparison::same(const SavedCursor& a, const SavedCursor& b) const {
    return a.cursor == b.cursor && same(a.pen, b.pen) && a.charsets == b.charsets &&
           a.origin == b.origin;
}

std::string Comparison::grid(std::size_t number) const {
    for (std::uint16_t line = 0; line < m_a.size.rows; ++line) {
        const Row& a = m_a.grids[number].row(line);
        const Row& b = m_b.grids[number].row(line);
        const std::string where =
            "screen " + std::to_string(number) + " row " + std::to_string(line);
        for (std::uint16_t column = 0; column < m_a.size.columns; ++column) {
            if (!same(a.at(column), b.at(column)))
                return where + " column " + std::to_string(column) + ": " + show(a.at(column)) +
                       " and " + show(b.at(column));
        }
        if (a.wrapped != b.wrapped) return where + ": wrapped in one only";
        if (a.size != b.size) return where + ": sizes of the line";
        if (a.mark != b.mark) return where + ": prompt marks";
    }
    return {};
}

std::string Comparison::history() const {
    if (m_a.history.size() != m_b.history.size())
        return "history: " + std::to_string(m_a.history.size()) + " and " +
               std::to_string(m_b.history.size()) + " lines";
    for (std::size_t number = 0; number < m_a.history.size(); ++number) {
        LineReader a(m_a.history.line(number).bytes);
        LineReader b(m_b.history.line(number).bytes);
        Cell one;
        Cell two;
        for (;;) {
            const bool more = a.next(one);
            const bool others = b.next(two);
            // An erased cell in the middle of a line may come back as a blank.
            if (one.glyph == 0) one.glyph = ' ';
            if (two.glyph == 0) two.glyph = ' ';
            const bool alike = more == others && one.glyph == two.glyph &&
                               a.cluster() == b.cluster() &&
                               same_style(one.style, m_a.extras, two.style, m_b.extras);
            if (!alike) return "history line " + std::to_string(number);
            if (!more) break;
        }
        if (m_a.history.line(number).open != m_b.history.line(number).open)
            return "history line " + std::to_string(number) + " is open in one only";
        if (m_a.history.line(number).leaves_place != m_b.history.line(number).leaves_place)
            return "history line " + std::to_string(number) + " leaves place in one only";
    }
    return {};
}

std::string Comparison::rest() const {
    if (!(m_a.cursor == m_b.cursor))
        return "cursor: " + show(m_a.cursor) + " and " + show(m_b.cursor);
    if (m_a.shown != m_b.shown) return "the screen that is shown";
    if (m_a.shown == 1 && m_a.saved_by_switch != m_b.saved_by_switch)
        return "how it was switched to";
    if (!same(m_a.pen, m_b.pen)) return "pen";
    if (!(m_a.charsets == m_b.charsets)) return "character sets";
    for (std::size_t i = 0; i < 2; ++i) {
        if (!same(m_a.saved[i], m_b.saved[i]))
            return "saved cursor " + std::to_string(i) + ": " + show(m_a.saved[i].cursor) +
                   " and " + show(m_b.saved[i].cursor);
        if (!(m_a.keyboards[i] == m_b.keyboards[i])) return "keyboard " + std::to_string(i);
    }
    if (!(m_a.margins == m_b.margins)) return "margins";
    if (m_a.tabs != m_b.tabs) return "tab stops";
    for (const ModeInfo& info : mode_table) {
        if (!info.restored) continue;
        if (m_a.modes[info.mode] != m_b.modes[info.mode])
            return "mode " + std::to_string(info.number);
        if (m_a.modes.saved(info.mode) != m_b.modes.saved(info.mode))
            return "saved mode " + std::to_string(info.number);
    }
    if (m_a.application_keypad != m_b.application_keypad) return "keypad";
    if (m_a.cursor_shape != m_b.cursor_shape) return "cursor shape";
    if (m_a.modify_other_keys != m_b.modify_other_keys) return "modifyOtherKeys";
    if (!(m_a.titles == m_b.titles)) return "titles";
    if (m_a.directory != m_b.directory) return "directory";
    if (m_a.pointer != m_b.pointer) return "pointer";
    if (m_a.palette != m_b.palette || m_a.dynamic != m_b.dynamic) return "colours";
    if (m_a.last.valid != m_b.last.valid || (m_a.last.valid && !(m_a.last == m_b.last)))
        return "the character written last";
    return {};
}

} // namespace

std::string difference(const Model& a, const Model& b, Compare what) {
    if (!(a.screen().size == b.screen().size)) return "size";
    if (a.pending() != b.pending()) return "the unfinished sequence";
    const Comparison comparison(a, b);
    for (const std::size_t number : {std::size_t{0}, std::size_t{1}}) {
        if (std::string found = comparison.grid(number); !found.empty()) return found;
    }
    if (std::string found = comparison.rest(); !found.empty()) return found;
    return what == Compare::everything ? comparison.history() : std::string();
}

} // namespace outlast::terminal
