// libvterm's test scripts, read in place where they are present and never copied: what they say of
// the screen, the cursor, the pen and the answers. What they say of that library's own callbacks
// and of keys is left out.
#include "fixtures.hpp"
#include "libvterm_script.hpp"
#include "terminal/model.hpp"
#include "terminal/plain_text.hpp"
#include "terminal/screen.hpp"
#include "terminal/utf8.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <map>
#include <set>

using namespace outlast::terminal;
using namespace outlast::test;
namespace fs = std::filesystem;

namespace {

/// Where we mean to differ (file:line), each with its reason. It may only shrink.
const std::map<std::string, std::string> deviations{
    {"11state_movecursor:178", "HPB is not known to xterm"},
    {"11state_movecursor:194", "VPB is not known to xterm"},
    {"13state_edit:269", "DECSCA 2 is answered as 0, which means the same, as by xterm"},
    {"13state_edit:81", "inserting lines moves to the left margin, as xterm 379 does"},
    {"16state_resize:36", "a line that has become too long is wrapped anew"},
    {"26state_query:12", "what this terminal is is its own affair"},
    {"26state_query:27", "DECXCPR tells the page too, as xterm does"},
    {"26state_query:37", "the answer begins with 0, as xterm's does"},
    {"26state_query:42", "the answer begins with 0, as xterm's does"},
    {"26state_query:47", "the answer begins with 0, as xterm's does"},
    {"26state_query:52",
     "the answer begins with 0, as xterm's does; and colours are parameters of their own"},
    {"26state_query:57",
     "the answer begins with 0, as xterm's does; and colours are parameters of their own"},
    {"26state_query:62", "answers are never in 8 bits: the program reads UTF-8"},
    {"26state_query:7", "what this terminal is is its own affair"},
    {"30state_pen:111",
     "bold does not make colours bright: that is for the terminal that shows them"},
    {"30state_pen:114", "bold does not make colours bright"},
    {"61screen_unicode:35", "more combining characters are kept than libvterm's five"},
    {"61screen_unicode:41", "more combining characters are kept than libvterm's five"},
    {"63screen_resize:103", "its own callback invents a history"},
    {"63screen_resize:104", "its own callback invents a history"},
    {"63screen_resize:105", "its own callback invents a history"},
    {"63screen_resize:106", "its own callback invents a history"},
    {"64screen_pen:28", "fonts are not kept"},
    {"64screen_pen:41", "superscript and subscript are not kept"},
    {"64screen_pen:42", "superscript and subscript are not kept"},
    {"64screen_pen:51", "the reversed screen is a mode, cells are not changed by it"},
    {"64screen_pen:52", "the reversed screen is a mode, cells are not changed by it"},
    {"65screen_protect:9", "what was erased selectively is a blank that was written, as in xterm"},
};

struct Replies : Listener {
    std::string bytes;
    void on_reply(std::string_view reply) override { bytes += reply; }
};

/// One script: a terminal, and what has to be said of it.
class Script {
public:
    Script() { reset(); }

    /// Nothing where the line is no check; else whether it holds.
    std::optional<bool> take(std::string_view line);
    std::string found; ///< what there is in the place of what was expected

private:
    void reset() {
        m_model = Model(m_size);
        m_model.set_listener(&m_replies);
        m_replies.bytes.clear();
        m_pushed = false;
    }
    void command(std::string_view line);
    std::optional<bool> ask(std::string_view what, std::string_view where, std::string_view wanted);
    bool is(std::string_view wanted, std::string_view text) {
        found = text;
        return text == wanted;
    }
    [[nodiscard]] const Screen& screen() const { return m_model.screen(); }
    [[nodiscard]] Cell cell(unsigned row, unsigned column) const {
        return screen()
            .grid()
            .row(static_cast<std::uint16_t>(row))
            .at(static_cast<std::uint16_t>(column));
    }
    [[nodiscard]] std::string glyph(const Cell& cell) const {
        if (cell.is_cluster()) return std::string(screen().clusters.text(cell.value()));
        std::string text;
        if (cell.glyph != 0 && !cell.is_tail()) append_utf8(text, cell.value());
        return text;
    }
    [[nodiscard]] std::string rectangle(const std::vector<unsigned>& bounds) const;
    bool screen_cell(const std::vector<unsigned>& place, std::string_view wanted);
    std::optional<bool> pen(std::string_view attribute, std::string_view wanted);
    [[nodiscard]] std::string line_info(unsigned row) const;

    Size m_size{25, 80};
    Replies m_replies;
    Model m_model{m_size};
    bool m_pushed = false; ///< the last command was one that can be answered
};

/// Of the rows and columns [from, to), rows that end at their last character.
std::string Script::rectangle(const std::vector<unsigned>& bounds) const {
    std::string text;
    for (unsigned row = bounds.at(0); row < bounds.at(2); ++row) {
        if (row > bounds.at(0)) text += '\n';
        std::string blanks;
        for (unsigned column = bounds.at(1); column < bounds.at(3); ++column) {
            const Cell here = cell(row, column);
            if (here.is_tail()) continue;
            if (here.glyph == 0) {
                blanks += ' ';
                continue;
            }
            text += blanks + glyph(here);
            blanks.clear();
        }
    }
    return text;
}

std::string utf8(const std::vector<std::uint32_t>& codes) {
    std::string text;
    for (const std::uint32_t code : codes) append_utf8(text, code);
    return text;
}

/// As libvterm writes colours: "idx(3)", "rgb(1,2,3)", the default ones with a mark.
bool same_color(Color color, std::string_view wanted) {
    if (wanted.find("is_default") != std::string_view::npos) return color == default_color;
    const std::vector<unsigned> values = numbers(wanted);
    if (wanted.starts_with("idx")) return color == (palette_mark | values.at(0));
    return color == (rgb_mark | values.at(0) << 16 | values.at(1) << 8 | values.at(2));
}

std::string attributes_text(const Style& style) {
    std::string text;
    const unsigned underline = (style.attributes & underline_mask) >> underline_shift;
    if ((style.attributes & bold) != 0) text += 'B';
    if (underline > 0) text += "U" + std::to_string(underline);
    if ((style.attributes & italic) != 0) text += 'I';
    if ((style.attributes & blink) != 0) text += 'K';
    if ((style.attributes & reverse) != 0) text += 'R';
    return text;
}

/// Characters, width and attributes; the colours are libvterm's palette.
bool Script::screen_cell(const std::vector<unsigned>& place, std::string_view wanted) {
    const Cell here = cell(place.at(0), place.at(1));
    const std::size_t attributes = wanted.find("attrs={") + 7;
    found =
        glyph(here) + " width " + (here.is_wide() ? "2" : "1") + " " + attributes_text(here.style);
    return utf8(code_points(wanted.substr(0, wanted.find('}')))) == glyph(here) &&
           (wanted.find("width=2") != std::string_view::npos) == here.is_wide() &&
           wanted.substr(attributes, wanted.find('}', attributes) - attributes) ==
               attributes_text(here.style);
}

std::optional<bool> Script::pen(std::string_view attribute, std::string_view wanted) {
    const Style& style = screen().pen.style;
    const auto flag = [&](Attribute bit) {
        return is(wanted, (style.attributes & bit) != 0 ? "on" : "off");
    };
    if (attribute == "bold") return flag(bold);
    if (attribute == "italic") return flag(italic);
    if (attribute == "blink") return flag(blink);
    if (attribute == "reverse") return flag(reverse);
    if (attribute == "underline")
        return is(wanted, std::to_string((style.attributes & underline_mask) >> underline_shift));
    found = std::to_string(style.foreground) + " " + std::to_string(style.background);
    if (attribute == "foreground") return same_color(style.foreground, wanted);
    if (attribute == "background") return same_color(style.background, wanted);
    return std::nullopt;
}

std::string Script::line_info(unsigned row) const {
    const Grid& grid = screen().grid();
    std::string info;
    switch (grid.row(static_cast<std::uint16_t>(row)).size) {
    case LineSize::single: break;
    case LineSize::double_width: info = "dwl"; break;
    case LineSize::double_top: info = "dwl dhl-top"; break;
    case LineSize::double_bottom: info = "dwl dhl-bottom"; break;
    }
    if (row > 0 && grid.row(static_cast<std::uint16_t>(row - 1)).wrapped)
        info += info.empty() ? "cont" : " cont";
    return info;
}

std::optional<bool> Script::ask(std::string_view what, std::string_view where,
                                std::string_view wanted) {
    const std::vector<unsigned> place = numbers(where);
    if (what == "?cursor")
        return is(wanted, std::to_string(screen().cursor.row) + "," +
                              std::to_string(screen().cursor.column));
    const std::string text =
        wanted.starts_with('"') ? evaluated(wanted).value_or("") : utf8(code_points(wanted));
    if (what == "?screen_row")
        return is(text, rectangle({place.at(0), 0, place.at(0) + 1, screen().size.columns}));
    if (what == "?screen_chars") return is(text, rectangle(place));
    if (what == "?screen_text") {
        std::string bytes;
        for (const std::uint32_t byte : code_points(wanted)) bytes += static_cast<char>(byte);
        return is(bytes, rectangle(place));
    }
    if (what == "?screen_cell") return screen_cell(place, wanted);
    if (what == "?screen_eol")
        return is(
            wanted,
            rectangle({place.at(0), place.at(1), place.at(0) + 1, screen().size.columns}).empty()
                ? "1"
                : "0");
    if (what == "?lineinfo") return is(wanted, line_info(place.at(0)));
    if (what == "?pen") return pen(where, wanted);
    return std::nullopt;
}

void Script::command(std::string_view line) {
    m_pushed = line.starts_with("PUSH");
    if (line == "INIT") m_size = {25, 80};
    if (line == "INIT" || line == "RESET") reset();
    if (line.starts_with("RESIZE")) {
        const std::vector<unsigned> size = numbers(line);
        m_size = {static_cast<std::uint16_t>(size.at(0)), static_cast<std::uint16_t>(size.at(1))};
        m_model.resize(m_size);
    }
    if (!m_pushed) return;
    m_replies.bytes.clear();
    m_model.feed(evaluated(line.substr(4)).value_or(""));
}

std::optional<bool> Script::take(std::string_view line) {
    line = stripped(line);
    if (line.empty() || line.front() == '#' || line.front() == '!') return std::nullopt;
    if (line.front() >= 'A' && line.front() <= 'Z') {
        command(line);
        return std::nullopt;
    }
    if (line.starts_with("output") && m_pushed) {
        const std::string wanted = evaluated(line.substr(6)).value_or("");
        found = m_replies.bytes;
        if (!m_replies.bytes.starts_with(wanted)) return false;
        m_replies.bytes.erase(0, wanted.size());
        return true;
    }
    const std::size_t equals = line.find('=');
    if (line.front() != '?' || equals == std::string_view::npos) return std::nullopt;
    const std::size_t space = std::min(line.find(' '), equals);
    return ask(line.substr(0, space), stripped(line.substr(space, equals - space)),
               stripped(line.substr(equals + 1)));
}

/// How many checks a script has; those that fail and are not known to do so are reported.
unsigned run(const fs::path& path, std::set<std::string>& differing) {
    std::ifstream file(path);
    Script script;
    unsigned checks = 0;
    unsigned number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        const std::string place = path.stem().string() + ":" + std::to_string(number);
        for (const std::string& each : expanded(line)) {
            const std::optional<bool> holds = script.take(each);
            if (!holds) continue;
            ++checks;
            if (*holds) continue;
            differing.insert(place);
            if (!deviations.contains(place)) FAIL_CHECK(place << each << "\n  is " << script.found);
        }
    }
    return checks;
}

} // namespace

TEST_CASE("the scripts of libvterm") {
    const fs::path folder = fixtures() / "libvterm";
    if (!fs::exists(folder)) {
        MESSAGE("skipped: no test data at " << folder.string());
        return;
    }
    std::set<std::string> differing;
    unsigned checks = 0;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == ".test") checks += run(entry.path(), differing);
    }
    for (const auto& [place, reason] : deviations)
        CHECK_MESSAGE(differing.contains(place),
                      place << " is no longer a deviation: take it off the list");
    MESSAGE(checks << " checks, " << deviations.size() << " known deviations");
    CHECK(checks > 400);
}
