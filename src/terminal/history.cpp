// The lines that have left the screen at its top.
//
// Marks in a line, none of which occurs in UTF-8 text: 0x00 is an erased cell; 0xFF and 12 bytes,
// the style from here on; 0xFE, a length and that many bytes, a cluster; 0xFD stands before either
// when the character is wide.
#include "terminal/history.hpp"

#include "terminal/size.hpp"

#include <algorithm>
#include <cstring>

namespace outlast::terminal {
namespace {

constexpr char style_byte = '\xFF';
constexpr char cluster_byte = '\xFE';
constexpr char wide_byte = '\xFD';

/// The most bytes that a cell can take: style, wide mark, cluster.
constexpr std::size_t most_per_cell = 1 + sizeof(Style) + 1 + 2 + ClusterTable::longest;

/// Enough for any line: a row is appended to one that is not too long yet.
constexpr std::size_t chunk_bytes = std::size_t{256} << 10;
static_assert(History::longest_piece + (most_columns + 1) * most_per_cell < chunk_bytes);

char* put_style(char* out, const Style& style) noexcept {
    *out = style_byte;
    std::memcpy(out + 1, &style, sizeof style);
    return out + 1 + sizeof style;
}

char* put_code(char* out, std::uint32_t code) noexcept {
    const auto put = [&out](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 0x3F));
    } else {
        if (code < 0x10000) {
            put(0xE0 | code >> 12);
        } else {
            put(0xF0 | code >> 18);
            put(0x80 | (code >> 12 & 0x3F));
        }
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    }
    return out;
}

char* put_cell(char* out, const Cell& cell, const ClusterTable& clusters) noexcept {
    if (cell.is_wide()) *out++ = wide_byte;
    if (!cell.is_cluster()) return put_code(out, cell.value());
    const std::string_view text = clusters.text(cell.value());
    *out++ = cluster_byte;
    *out++ = static_cast<char>(text.size());
    return std::copy(text.begin(), text.end(), out);
}

/// Of a row that is not `styled`.
char* put_plain(char* out, const Cell* cells, unsigned used) noexcept {
    for (unsigned i = 0; i < used; ++i) out[i] = static_cast<char>(cells[i].glyph);
    return out + used;
}

/// `used` may be more than a row has that goes on: then erased cells follow.
char* put_styled(char* out, const Row& row, unsigned used, const ClusterTable& clusters) noexcept {
    const Cell* cell = row.cells.data();
    const Cell* const end = cell + std::min<unsigned>(used, row.used);
    const Style plain;
    const Style* style = &plain;
    for (; cell != end; ++cell) {
        if (cell->is_tail()) continue;
        if (cell->style != *style) {
            style = &cell->style;
            out = put_style(out, *style);
        }
        if (cell->glyph < 0x80) *out++ = static_cast<char>(cell->glyph);
        else out = put_cell(out, *cell, clusters);
    }
    // Each row begins with the default style, so that rows can be put one behind the other.
    if (row.wrapped && *style != plain) out = put_style(out, plain);
    return std::fill_n(out, used - std::min<unsigned>(used, row.used), '\0');
}

std::uint32_t take_code(std::string_view& bytes) {
    const auto lead = static_cast<unsigned char>(bytes[0]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::uint32_t code = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length && i < bytes.size(); ++i)
        code = code << 6 | (static_cast<unsigned char>(bytes[i]) & 0x3FU);
    bytes.remove_prefix(std::min(length, bytes.size()));
    return code;
}

} // namespace

void History::append(const Row& row, const ClusterTable& clusters) {
    // Erased cells at the end are nothing that was ever there.
    unsigned used = row.used;
    while (used > 0 && row.cells[used - 1U] == Cell()) --used;
    // But a row that goes on does so from its last column (or the one before it, when a wide
    // character did not fit).
    if (row.wrapped) used = std::max(used, static_cast<unsigned>(row.cells.size() - 1));
    const bool plain = !row.styled && used <= row.used;
    char* const begin = make_room(plain ? used : (used + 1) * most_per_cell);
    const char* const end =
        plain ? put_plain(begin, row.cells.data(), used) : put_styled(begin, row, used, clusters);
    const auto length = static_cast<std::uint32_t>(end - begin);
    m_chunks.back().used += length;
    m_bytes += length;
    m_lines.back().length += length;
    m_lines.back().open = row.wrapped;
    m_lines.back().leaves_place = row.leaves_place();
}

bool History::goes_on_in(const Row& row) const noexcept {
    if (m_lines.empty() || !m_lines.back().open) return false;
    return !m_lines.back().leaves_place || row.at(0).is_wide();
}

void History::end_line() {
    if (m_lines.empty() || !m_lines.back().open) return;
    Entry& line = m_lines.back();
    line.open = line.leaves_place = false;
    // Erased cells at its end went on in what does not come.
    LineReader reader({line.text, line.length});
    Cell cell;
    std::size_t surplus = line.length;
    while (reader.next(cell)) {
        if (cell != Cell()) surplus = reader.left();
    }
    line.length -= static_cast<std::uint32_t>(surplus);
    m_chunks.back().used -= surplus;
    m_bytes -= surplus;
}

void History::push(const Row& row, const ClusterTable& clusters) {
    const bool same_line = goes_on_in(row);
    const bool too_long = same_line && m_lines.back().length >= longest_piece;
    if (!same_line) end_line();
    if (too_long || !same_line) begin_line(row.mark, too_long);
    append(row, clusters);
    keep_limit();
}

void History::begin_line(char mark, bool continues) {
    if (continues) m_lines.back().open = m_lines.back().leaves_place = false;
    else ++m_ever;
    if (m_chunks.empty()) m_chunks.push_back(new_chunk());
    Chunk& chunk = m_chunks.back();
    ++chunk.lines;
    m_lines.push_back({chunk.bytes.get() + chunk.used, 0, false, continues, false, mark});
    m_bytes += sizeof(Entry);
}

/// The place behind the last line's text, with room for `most` bytes. When there is not so much in
/// its chunk, the line moves into a fresh one.
char* History::make_room(std::size_t most) {
    Chunk& chunk = m_chunks.back();
    if (chunk_bytes - chunk.used >= most) return chunk.bytes.get() + chunk.used;
    Entry& line = m_lines.back();
    Chunk fresh = new_chunk();
    std::copy_n(line.text, line.length, fresh.bytes.get());
    line.text = fresh.bytes.get();
    fresh.used = line.length;
    fresh.lines = 1;
    chunk.used -= line.length;
    if (--chunk.lines > 0) {
        m_chunks.push_back(std::move(fresh));
    } else {
        m_spare = std::move(chunk);
        chunk = std::move(fresh);
    }
    return m_chunks.back().bytes.get() + line.length;
}

History::Chunk History::new_chunk() {
    Chunk chunk = std::move(m_spare);
    if (!chunk.bytes) chunk.bytes = std::make_unique_for_overwrite<char[]>(chunk_bytes);
    chunk.used = chunk.lines = 0;
    return chunk;
}

void History::keep_limit() {
    while (m_bytes > m_limit && m_lines.size() > 1) {
        m_bytes -= m_lines.front().length + sizeof(Entry);
        m_lines.pop_front();
        if (--m_chunks.front().lines > 0) continue;
        m_spare = std::move(m_chunks.front());
        m_chunks.pop_front();
    }
}

History::Line History::take_last() {
    const Entry entry = m_lines.back();
    m_lines.pop_back();
    m_bytes -= entry.length + sizeof(Entry);
    if (!entry.continues) --m_ever;
    Chunk& chunk = m_chunks.back();
    chunk.used -= entry.length;
    if (--chunk.lines == 0) {
        m_spare = std::move(chunk);
        m_chunks.pop_back();
    }
    return entry.line();
}

void History::clear() {
    m_lines.clear();
    m_chunks.clear();
    m_bytes = 0;
}

bool LineReader::next(Cell& cell) {
    cell = Cell();
    for (;;) {
        if (m_bytes.empty()) return false;
        const char first = m_bytes[0];
        if (first == style_byte && m_bytes.size() > sizeof m_style) {
            std::memcpy(&m_style, m_bytes.data() + 1, sizeof m_style);
            m_bytes.remove_prefix(1 + sizeof m_style);
            continue;
        }
        if (first == wide_byte) {
            cell.glyph |= Cell::wide_flag;
            m_bytes.remove_prefix(1);
            continue;
        }
        cell.style = m_style;
        if (first == cluster_byte && m_bytes.size() > 1) {
            const auto length = static_cast<unsigned char>(m_bytes[1]);
            m_cluster = m_bytes.substr(2, length);
            m_bytes.remove_prefix(std::min<std::size_t>(2U + length, m_bytes.size()));
            cell.glyph |= Cell::cluster_flag;
            return true;
        }
        cell.glyph |= take_code(m_bytes);
        return true;
    }
}

std::vector<Cell> decode_line(std::string_view bytes, ClusterTable& clusters) {
    std::vector<Cell> cells;
    LineReader reader(bytes);
    Cell cell;
    while (reader.next(cell)) {
        if (cell.is_cluster()) {
            const std::uint32_t number = clusters.add(reader.cluster());
            cell.glyph = (cell.glyph & Cell::wide_flag) |
                         (number != 0 ? Cell::cluster_flag | number : std::uint32_t{0xFFFD});
        }
        cells.push_back(cell);
        if (cell.is_wide()) cells.push_back({Cell::tail_flag, cell.style});
    }
    return cells;
}

} // namespace outlast::terminal
