// The lines that have left the screen at its top.
//
// Marks in a line, none of which occurs in UTF-8 text: 0x00 is an erased cell; 0xFF and 12 bytes,
// the style from here on; 0xFE, a length and that many bytes, a cluster; 0xFD stands before either
// when the character is wide.
#include "terminal/history.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace outlast::terminal {
namespace {

constexpr char style_byte = '\xFF';
constexpr char cluster_byte = '\xFE';
constexpr char wide_byte = '\xFD';

/// The most bytes that a cell can take: style, wide mark, cluster.
constexpr std::size_t most_per_cell = 1 + sizeof(Style) + 1 + 2 + ClusterTable::longest;

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

void History::append(Line& line, const Row& row, bool goes_on, const ClusterTable& clusters) {
    const std::size_t before = line.bytes.size();
    // Erased cells at the end are nothing that was ever there.
    std::uint16_t used = row.used;
    while (used > 0 && row.cells[used - 1U] == Cell()) --used;
    // But a row that goes on does so from its last column (or the one before it, when a wide
    // character did not fit).
    if (goes_on)
        used = static_cast<std::uint16_t>(std::max<std::size_t>(used, row.cells.size() - 1));
    m_scratch.resize(std::max(m_scratch.size(), (used + 1U) * most_per_cell));
    char* out = m_scratch.data();
    if (!row.styled && used <= row.used) {
        for (std::uint16_t i = 0; i < used; ++i) *out++ = static_cast<char>(row.cells[i].glyph);
    } else {
        Style style;
        for (std::uint16_t i = 0; i < used; ++i) {
            const Cell cell = row.at(i);
            if (cell.is_tail()) continue;
            if (cell.style != style) {
                style = cell.style;
                out = put_style(out, style);
            }
            out = put_cell(out, cell, clusters);
        }
        // Each row begins with the default style, so that rows can be put one behind the other.
        if (style != Style() && goes_on) out = put_style(out, Style());
    }
    line.bytes.append(m_scratch.data(), out);
    m_bytes += line.bytes.size() - before;
    line.open = goes_on;
}

void History::push(const Row& row, bool goes_on, const ClusterTable& clusters) {
    if (!m_lines.empty() && m_lines.back().open) {
        if (m_lines.back().bytes.size() < longest_piece) {
            append(m_lines.back(), row, goes_on, clusters);
            return keep_limit();
        }
        m_lines.back().open = false;
        m_lines.emplace_back();
        m_lines.back().continues = true;
    } else {
        m_lines.emplace_back();
        ++m_ever;
    }
    Line& line = m_lines.back();
    line.mark = row.mark;
    line.bytes = std::move(m_spare);
    line.bytes.clear();
    m_spare = std::string();
    m_bytes += line_cost;
    append(line, row, goes_on, clusters);
    keep_limit();
}

void History::keep_limit() {
    constexpr std::size_t worth_keeping = 256;
    while (m_bytes > m_limit && m_lines.size() > 1) {
        Line& oldest = m_lines.front();
        m_bytes -= oldest.bytes.size() + line_cost;
        if (oldest.bytes.capacity() <= worth_keeping) m_spare = std::move(oldest.bytes);
        m_lines.pop_front();
    }
}

History::Line History::take_last() {
    Line line = std::move(m_lines.back());
    m_lines.pop_back();
    m_bytes -= line.bytes.size() + line_cost;
    if (!line.continues) --m_ever;
    return line;
}

void History::clear() {
    m_lines.clear();
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
