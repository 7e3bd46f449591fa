// A model's screen as a picture.
//
// Every run of text is given the width of its cells, so that the columns stand whatever font the
// reader has. Backgrounds come before all text, so that no character is cut by its neighbour's.
#include "terminal/svg.hpp"

#include "terminal/colors.hpp"
#include "terminal/model.hpp"
#include "terminal/screen.hpp"
#include "terminal/utf8.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace outlast::terminal {
namespace {

constexpr double cell_width = 8.4;
constexpr double cell_height = 16;
constexpr double baseline = 12.5;
constexpr double font_size = 14;
constexpr double border = 8;

std::string number(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f", value);
    return text.data();
}

std::string color(std::uint32_t rgb) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "#%06x", rgb & 0xFFFFFF);
    return text.data();
}

std::string attribute(std::string_view name, std::string_view value) {
    return " " + std::string(name) + "=\"" + std::string(value) + "\"";
}

/// XML 1.0 allows tab, line ends and what is above U+001F, but no surrogates, U+FFFE and U+FFFF.
std::string escaped(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::string_view rest = text.substr(at);
        const char sign = text[at];
        if (sign == '&') out += "&amp;";
        else if (sign == '<') out += "&lt;";
        else if (sign == '>') out += "&gt;";
        else if (sign == '"') out += "&quot;";
        else if (rest.starts_with("\xEF\xBF\xBE") || rest.starts_with("\xEF\xBF\xBF"))
            out += "\xEF\xBF\xBD", at += 2;
        else if (static_cast<unsigned char>(sign) < 0x20 || sign == '\x7F') out += ' ';
        else out += sign;
    }
    return out;
}

std::string rectangle(double x, double y, double width, double height, std::uint32_t fill) {
    return "<rect" + attribute("x", number(x)) + attribute("y", number(y)) +
           attribute("width", number(width)) + attribute("height", number(height)) +
           attribute("fill", color(fill)) + " shape-rendering=\"crispEdges\"/>\n";
}

class SvgPicture {
public:
    explicit SvgPicture(const Screen& screen) : m_screen(screen) {}
    [[nodiscard]] std::string draw(std::string_view title);

private:
    /// Cells beside each other that look the same.
    struct Run {
        unsigned begin = 0, end = 0; ///< columns
        Style style;
        std::string text;
    };

    void backgrounds(std::uint16_t number);
    void texts(std::uint16_t number);
    void text(const Run& run, std::uint32_t fill);
    void lines(const Run& run, std::uint32_t fill);
    void line(const Run& run, double y, std::uint32_t fill, std::string_view more);
    void wave(const Run& run, std::uint32_t fill);
    void cursor();
    [[nodiscard]] std::string glyphs(const Cell& cell) const;
    [[nodiscard]] double x(unsigned column) const { return border + column * m_width; }
    [[nodiscard]] unsigned end_of(const Row& row) const {
        return std::min<unsigned>(row.used, m_screen.size.columns);
    }

    const Screen& m_screen;
    std::string m_out;
    double m_width = cell_width; ///< of this row's cells
    double m_top = border;       ///< of this row
};

std::string SvgPicture::glyphs(const Cell& cell) const {
    if (cell.is_cluster()) return std::string(m_screen.clusters.text(cell.value()));
    std::string text;
    append_utf8(text, cell.glyph == 0 ? ' ' : cell.value());
    return text;
}

void SvgPicture::backgrounds(std::uint16_t row_number) {
    const Row& row = m_screen.grid().row(row_number);
    for (unsigned begin = 0; begin < end_of(row);) {
        const Colors colors = colors_of(m_screen, row.cells[begin].style);
        unsigned end = begin + 1;
        while (end < end_of(row) &&
               colors_of(m_screen, row.cells[end].style).background == colors.background)
            ++end;
        if (colors.background != background_of(m_screen))
            m_out +=
                rectangle(x(begin), m_top, (end - begin) * m_width, cell_height, colors.background);
        begin = end;
    }
}

/// ASCII in runs; anything else by itself, since a font may have another width for it.
void SvgPicture::texts(std::uint16_t row_number) {
    const Row& row = m_screen.grid().row(row_number);
    Run run;
    const auto flush = [&] {
        if (run.end == run.begin) return;
        const std::uint32_t fill = colors_of(m_screen, run.style).foreground;
        text(run, fill);
        lines(run, fill);
        run.begin = run.end;
        run.text.clear();
    };
    for (unsigned column = 0; column < end_of(row); ++column) {
        const Cell& cell = row.cells[column];
        if (cell.is_tail()) continue;
        const std::string glyph = glyphs(cell);
        const bool single = glyph.size() > 1;
        if (single || column != run.end || !(cell.style == run.style)) flush();
        if (run.end == run.begin) run = {column, column, cell.style, {}};
        run.text += glyph;
        run.end = column + (cell.is_wide() ? 2 : 1);
        if (single) flush();
    }
    flush();
}

void SvgPicture::text(const Run& run, std::uint32_t fill) {
    if (run.text.find_first_not_of(' ') == std::string::npos) return;
    const std::uint16_t attributes = run.style.attributes;
    if ((attributes & conceal) != 0) return;
    m_out += "<text";
    if (m_width > cell_width) {
        m_out += attribute("transform", "matrix(2 0 0 1 " + number(x(run.begin)) + " " +
                                            number(m_top + baseline) + ")");
    } else {
        m_out += attribute("x", number(x(run.begin))) + attribute("y", number(m_top + baseline));
    }
    m_out += attribute("textLength", number((run.end - run.begin) * cell_width)) +
             attribute("lengthAdjust", "spacingAndGlyphs") + attribute("fill", color(fill));
    if ((attributes & bold) != 0) m_out += attribute("font-weight", "bold");
    if ((attributes & italic) != 0) m_out += attribute("font-style", "italic");
    m_out += ">" + escaped(run.text) + "</text>\n";
}

void SvgPicture::line(const Run& run, double y, std::uint32_t fill, std::string_view more) {
    m_out += "<path" +
             attribute("d", "M" + number(x(run.begin)) + " " + number(m_top + y) + "H" +
                                number(x(run.end))) +
             attribute("stroke", color(fill)) + std::string(more) + "/>\n";
}

void SvgPicture::wave(const Run& run, std::uint32_t fill) {
    constexpr double y = 14.2;
    constexpr double step = 2.1;
    std::string path = "M" + number(x(run.begin)) + " " + number(m_top + y);
    const auto steps = std::lround((run.end - run.begin) * m_width / step);
    for (long i = 0; i < steps; ++i)
        path += "q" + number(step / 2) + (i % 2 == 0 ? " -2.4 " : " 2.4 ") + number(step) + " 0";
    m_out += "<path" + attribute("d", path) + attribute("stroke", color(fill)) +
             attribute("fill", "none") + "/>\n";
}

void SvgPicture::lines(const Run& run, std::uint32_t fill) {
    const std::uint16_t attributes = run.style.attributes;
    const unsigned style = (attributes & underline_mask) >> underline_shift;
    const std::uint32_t under =
        rgb_of(m_screen, m_screen.extras.get(run.style.extra).underline, fill);
    constexpr double below = 14.5;
    if (style == 1) line(run, below, under, {});
    if (style == 2) {
        line(run, below - 1, under, {});
        line(run, below + 1, under, {});
    }
    if (style == 3) wave(run, under);
    if (style == 4) line(run, below, under, attribute("stroke-dasharray", "1 2"));
    if (style == 5) line(run, below, under, attribute("stroke-dasharray", "4 2"));
    if ((attributes & strike) != 0) line(run, cell_height / 2, fill, {});
    if ((attributes & overline) != 0) line(run, 0.5, fill, {});
}

void SvgPicture::cursor() {
    if (!m_screen.modes[Mode::cursor_visible]) return;
    const Cursor& at = m_screen.cursor;
    const Row& row = m_screen.grid().row(at.row);
    m_width = row.size == LineSize::single ? cell_width : 2 * cell_width;
    m_top = border + at.row * cell_height;
    unsigned column = at.column;
    if (row.at(at.column).is_tail() && column > 0) --column;
    const Cell cell = row.at(static_cast<std::uint16_t>(column));
    const unsigned width = cell.is_wide() ? 2 : 1;
    const auto own = m_screen.dynamic.find(12);
    const Colors colors = colors_of(m_screen, cell.style);
    const std::uint32_t fill =
        own != m_screen.dynamic.end() ? own->second : colors_of(m_screen, {}).foreground;
    const bool is_line = m_screen.cursor_shape == 3 || m_screen.cursor_shape == 4;
    const bool is_bar = m_screen.cursor_shape >= 5;
    if (is_line) {
        m_out += rectangle(x(column), m_top + cell_height - 2, width * m_width, 2, fill);
    } else if (is_bar) {
        m_out += rectangle(x(column), m_top, 2, cell_height, fill);
    } else {
        m_out += rectangle(x(column), m_top, width * m_width, cell_height, fill);
        text({column, column + width, cell.style, glyphs(cell)},
             fill == colors.background ? colors.foreground : colors.background);
    }
}

std::string SvgPicture::draw(std::string_view title) {
    const double width = 2 * border + m_screen.size.columns * cell_width;
    const double height = 2 * border + m_screen.size.rows * cell_height;
    m_out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg "
            "xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\"" +
            attribute("width", number(width)) + attribute("height", number(height)) +
            attribute("viewBox", "0 0 " + number(width) + " " + number(height)) + ">\n<title>" +
            escaped(title) + "</title>\n";
    m_out += rectangle(0, 0, width, height, background_of(m_screen));
    m_out += "<g font-family=\"'DejaVu Sans Mono','Liberation Mono',Menlo,Consolas,monospace\"" +
             attribute("font-size", number(font_size)) + " xml:space=\"preserve\">\n";
    for (const bool text : {false, true}) {
        for (std::uint16_t row = 0; row < m_screen.size.rows; ++row) {
            const bool single = m_screen.grid().row(row).size == LineSize::single;
            m_width = single ? cell_width : 2 * cell_width;
            m_top = border + row * cell_height;
            if (text) texts(row);
            else backgrounds(row);
        }
    }
    cursor();
    return m_out + "</g>\n</svg>\n";
}

} // namespace

std::string svg_picture(const Model& model, std::string_view title) {
    return SvgPicture(model.screen()).draw(title);
}

} // namespace outlast::terminal
