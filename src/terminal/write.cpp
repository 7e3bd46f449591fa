// Writing characters into the screen.
#include "terminal/cell_run.hpp"
#include "terminal/screen.hpp"
#include "terminal/utf8.hpp"
#include "terminal/width.hpp"

#include <algorithm>

namespace outlast::terminal {
namespace {

std::uint32_t code_of(char character) noexcept { return static_cast<unsigned char>(character); }
std::uint32_t code_of(char32_t character) noexcept { return character; }

} // namespace

std::uint16_t Screen::left_limit() const noexcept {
    return cursor.column >= margins.left ? margins.left : std::uint16_t{0};
}

[[gnu::noinline]] void Screen::wrap() {
    const bool whole_row =
        margins.left == 0 && margins.right + 1U == size.columns && row().size == LineSize::single;
    // Below the bottom margin, the last row wraps into itself: nothing goes on there.
    const bool stays = cursor.row + 1U == size.rows && cursor.row != margins.bottom;
    // Nor does a row whose last cell was erased while the wrap waited.
    const bool erased = cursor.pending && row().at(narrow(size.columns - 1U)).glyph == 0;
    if (whole_row && !stays && !erased) row().wrapped = true;
    const std::uint16_t left = left_limit();
    cursor.pending = false;
    index();
    cursor.column = left;
}

/// As many of `run` as there is place for up to the margin, beginning at the cursor: how many. With
/// no place for the first one, none; that is only so for wide characters. Inline, because it has a
/// caller for each kind, and the runs of programs that draw screens are short.
template <unsigned width, typename Characters>
[[gnu::always_inline]] inline std::size_t Screen::put_run(const Characters& run) {
    if (cursor.pending) wrap();
    Row& line = row();
    const unsigned limit = right_limit();
    const unsigned start = cursor.column;
    if (start > limit) return run.size(); // lost, beyond the end of a row of double width
    const std::size_t count = std::min<std::size_t>((limit - start + 1) / width, run.size());
    if (count == 0) return 0;
    const unsigned end = start + static_cast<unsigned>(count) * width;
    line.reach(cursor.column);
    if (line.styled) split_wide(line, start, end);
    Cell* out = line.cells.data() + start;
    const CellWriter writer(pen.style);
    for (const auto character : run.substr(0, count)) {
        const std::uint32_t code = code_of(character);
        writer.put(out, width == 2 ? code | Cell::wide_flag : code);
        if (width == 2) writer.put(out + 1, Cell::tail_flag);
        out += width;
    }
    line.used = std::max(line.used, narrow(end));
    line.styled |= sizeof run[0] > 1 || pen.style != Style();
    last = {true, cursor.row, narrow(end - width), code_of(run[count - 1])};
    cursor.pending = end > limit && modes[Mode::autowrap];
    cursor.column = narrow(std::min(end, limit));
    return count;
}

void Screen::print_ascii(std::string_view run) {
    if (modes[Mode::insert] || !charsets.plain()) {
        for (const char byte : run) print(static_cast<unsigned char>(byte));
        return;
    }
    for (;;) {
        run.remove_prefix(put_run<1>(run));
        if (run.empty()) return;
        // Without autowrap all overwrite the last column; the last one stays.
        if (!modes[Mode::autowrap]) run.remove_prefix(run.size() - 1);
    }
}

void Screen::print_run(std::u32string_view run, int width) {
    const bool plain = !modes[Mode::insert] && charsets.single == 0;
    while (!run.empty()) {
        std::size_t taken = 0;
        if (plain) taken = width == 2 ? put_run<2>(run) : put_run<1>(run);
        if (taken == 0) print(run[taken++]);
        run.remove_prefix(taken);
    }
}

void Screen::print(std::uint32_t code) {
    if (code >= ' ' && code < 0x7F && !charsets.plain()) {
        const std::uint8_t set = charsets.single != 0 ? charsets.single : charsets.left;
        code = translate(charsets.sets[set], static_cast<unsigned char>(code));
    }
    const bool shifted = charsets.single != 0;
    charsets.single = 0;
    const int width = width_of(code);
    if (width == 0) return join(code);
    put({code | (width == 2 ? Cell::wide_flag : 0U), pen.style}, width);
    last.code = code;
    // Without its single shift it could not be written again.
    if (shifted) last.valid = false;
}

/// `last.code` is the caller's to set.
void Screen::put(Cell cell, int width) {
    last.valid = false;
    if (cursor.pending) wrap();
    unsigned limit = right_limit();
    if (cursor.column > limit) return;
    if (width == 2 && cursor.column == limit) {
        // No room for a wide one in the last column: it goes to the next row, or, without autowrap,
        // nowhere.
        if (!modes[Mode::autowrap] || limit == left_limit()) return;
        // What stands there stays, as in xterm; an empty place has no colour.
        Row& line = row();
        if (line.used > limit && line.cells[limit].glyph == 0) line.cells[limit] = Cell();
        wrap();
        limit = right_limit();
        if (cursor.column >= limit) return;
    }
    if (modes[Mode::insert]) insert_characters(static_cast<unsigned>(width));
    Row& line = row();
    const unsigned start = cursor.column;
    const unsigned end = start + static_cast<unsigned>(width);
    line.reach(cursor.column);
    split_wide(line, start, end);
    line.cells[start] = cell;
    if (width == 2) line.cells[start + 1] = {Cell::tail_flag, cell.style};
    line.used = static_cast<std::uint16_t>(std::max<unsigned>(line.used, end));
    line.styled = true;
    last = {true, cursor.row, cursor.column, 0};
    if (end <= limit) {
        cursor.column = static_cast<std::uint16_t>(end);
        return;
    }
    cursor.column = static_cast<std::uint16_t>(limit);
    cursor.pending = modes[Mode::autowrap];
}

/// A combining character joins what stands before the cursor.
void Screen::join(std::uint32_t code) {
    LastWritten base = last;
    if (!base.valid) {
        if (cursor.column == 0 && !cursor.pending) return;
        const unsigned before = cursor.pending ? cursor.column : cursor.column - 1U;
        base = {true, cursor.row, static_cast<std::uint16_t>(before), 0};
        if (row().at(base.column).is_tail() && base.column > 0) --base.column;
    }
    Row& line = grid().row(base.row);
    if (base.column >= line.used) return;
    Cell& cell = line.cells[base.column];
    if (cell.glyph == 0 || cell.is_tail()) return;
    std::string text;
    if (cell.is_cluster()) text = clusters.text(cell.value());
    else append_utf8(text, cell.value());
    const std::size_t room = ClusterTable::longest - text.size();
    append_utf8(text, code);
    if (room < 4) return;
    if (clusters.wants_sweep()) sweep_tables();
    const std::uint32_t number = clusters.add(text);
    if (number == 0) return;
    cell.glyph = (cell.glyph & Cell::wide_flag) | Cell::cluster_flag | number;
    line.styled = true;
}

void Screen::repeat_last(unsigned count) {
    if (!last.valid || last.code == 0) return;
    // Each row that fills up is a row that scrolls: more of them than there are changes nothing
    // that could be seen, but for the history, which has its bound.
    const unsigned most = 4U * size.columns * size.rows;
    const std::uint32_t code = last.code;
    for (unsigned i = 0; i < std::min(count, most); ++i) {
        const int width = width_of(code);
        put({code | (width == 2 ? Cell::wide_flag : 0U), pen.style}, width);
    }
    last.valid = false; // what was repeated is not repeated again, as in xterm
}

/// Tables are full: what no cell uses any more makes room.
void Screen::sweep_tables() {
    for (const Grid& each : grids) {
        for (std::uint16_t number = 0; number < each.rows(); ++number) {
            const Row& line = each.row(number);
            for (std::uint16_t column = 0; column < line.used; ++column) {
                const Cell& cell = line.cells[column];
                if (cell.is_cluster()) clusters.mark(cell.value());
                extras.mark(cell.style.extra);
            }
        }
    }
    extras.mark(pen.style.extra);
    for (const SavedCursor& slot : saved) extras.mark(slot.pen.style.extra);
    for (std::size_t i = 0; i < history.size(); ++i) {
        LineReader reader(history.line(i).bytes);
        Cell cell;
        while (reader.next(cell)) extras.mark(cell.style.extra);
    }
    if (clusters.wants_sweep()) clusters.sweep();
    if (extras.wants_sweep()) extras.sweep();
}

void Screen::set_pen_extra() {
    if (extras.wants_sweep()) sweep_tables();
    pen.style.extra = extras.add(pen.extra);
}

} // namespace outlast::terminal
