// Prints the whole state of a terminal, as our model has it after some bytes, as JSON.
//
//   model_state COLUMNSxROWS FILE [COLUMNSxROWS FILE]...
//
// Each file is fed at the size in front of it; a second size is a resize of the same terminal.
#include "base/json_writer.hpp"
#include "terminal/model.hpp"
#include "terminal/plain_text.hpp"
#include "terminal/screen.hpp"
#include "terminal/utf8.hpp"

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace {

using namespace outlast::terminal;
using outlast::JsonWriter;

std::string text_of(const Screen& screen, const Cell& cell) {
    std::string text;
    if (cell.is_cluster()) text = screen.clusters.text(cell.value());
    else if (cell.glyph != 0) append_utf8(text, cell.value());
    return text;
}

void put_style(JsonWriter& json, const Screen& screen, const Style& style) {
    const Extra& extra = screen.extras.get(style.extra);
    json.number_unsigned(style.foreground).number_unsigned(style.background);
    json.number_unsigned(style.attributes).number_unsigned(extra.underline).string(extra.link);
}

/// [text, foreground, background, attributes, underline's colour, link] a cell; erased ones have no
/// text, and the second halves of wide characters are left out.
void put_grid(JsonWriter& json, const Screen& screen, const Grid& grid) {
    json.begin_array();
    for (std::uint16_t number = 0; number < grid.rows(); ++number) {
        const Row& row = grid.row(number);
        json.begin_object().member("wraps", grid.wraps(number));
        json.member("size", static_cast<int>(row.size)).member("mark", static_cast<int>(row.mark));
        json.key("cells").begin_array();
        std::uint16_t used = row.used;
        while (used > 0 && row.at(static_cast<std::uint16_t>(used - 1)) == Cell()) --used;
        for (std::uint16_t column = 0; column < used; ++column) {
            const Cell cell = row.at(column);
            if (cell.is_tail()) continue;
            json.begin_array().string(text_of(screen, cell));
            put_style(json, screen, cell.style);
            json.end_array();
        }
        json.end_array().end_object();
    }
    json.end_array();
}

void put_cursor(JsonWriter& json, const Cursor& cursor) {
    json.member("row", int{cursor.row}).member("column", int{cursor.column});
    json.member("pending", cursor.pending);
}

void put_pen(JsonWriter& json, const Screen& screen, const Pen& pen) {
    Style style = pen.style;
    style.extra = 0;
    json.key("pen").begin_array();
    put_style(json, screen, style);
    json.number_unsigned(pen.extra.underline).string(pen.extra.link).end_array();
}

void put_charsets(JsonWriter& json, const Charsets& charsets) {
    std::string sets;
    for (const Charset set : charsets.sets) sets += static_cast<char>(set);
    json.member("charsets", sets + std::to_string(charsets.left) + std::to_string(charsets.right) +
                                std::to_string(charsets.single));
}

void put_modes(JsonWriter& json, const Screen& screen) {
    for (const bool saved : {false, true}) {
        json.key(saved ? "saved_modes" : "modes").begin_object();
        for (const ModeInfo& info : mode_table) {
            if (!info.restored) continue;
            const std::string name = (info.is_private ? "?" : "") + std::to_string(info.number);
            json.member(name, saved ? screen.modes.saved(info.mode) : screen.modes[info.mode]);
        }
        json.end_object();
    }
    json.member("keypad", screen.application_keypad);
    json.member("cursor_shape", int{screen.cursor_shape});
    json.member("modify_other_keys", int{screen.modify_other_keys});
}

void put_saved(JsonWriter& json, const Screen& screen) {
    json.key("saved").begin_array();
    for (const SavedCursor& slot : screen.saved) {
        json.begin_object().member("origin", slot.origin);
        put_cursor(json, slot.cursor);
        put_pen(json, screen, slot.pen);
        put_charsets(json, slot.charsets);
        json.end_object();
    }
    json.end_array().key("keyboards").begin_array();
    for (const KeyboardStack& stack : screen.keyboards) {
        json.begin_array();
        for (const std::uint8_t flags : stack.below) json.number(flags);
        json.number(stack.flags).end_array();
    }
    json.end_array();
}

void put_colors(JsonWriter& json, const char* name, const std::map<int, std::uint32_t>& colors) {
    json.key(name).begin_object();
    for (const auto& [number, color] : colors) json.member(std::to_string(number), color);
    json.end_object();
}

void put_names(JsonWriter& json, const Screen& screen) {
    json.member("title", screen.titles.title).member("icon", screen.titles.icon);
    json.key("title_stack").begin_array();
    for (const auto& [title, icon] : screen.titles.stack) json.string(title + "\n" + icon);
    json.end_array().member("directory", screen.directory).member("pointer", screen.pointer);
    put_colors(json, "palette", screen.palette);
    put_colors(json, "dynamic", screen.dynamic);
}

std::string state_of(const Model& model) {
    const Screen& screen = model.screen();
    JsonWriter json;
    json.begin_object();
    json.member("columns", int{screen.size.columns}).member("rows", int{screen.size.rows});
    json.member("alternate", screen.shown == 1);
    json.member("saved_by_switch", screen.shown == 1 && screen.saved_by_switch);
    put_cursor(json, screen.cursor);
    put_pen(json, screen, screen.pen);
    put_charsets(json, screen.charsets);
    const Margins& margins = screen.margins;
    json.key("margins").begin_array().number(margins.top).number(margins.bottom);
    json.number(margins.left).number(margins.right).end_array();
    std::string tabs;
    for (const bool stop : screen.tabs) tabs += stop ? 'T' : '.';
    json.member("tabs", tabs);
    put_modes(json, screen);
    put_saved(json, screen);
    put_names(json, screen);
    json.key("last").begin_array();
    if (screen.last.valid)
        json.number(screen.last.row).number(screen.last.column).number_unsigned(screen.last.code);
    json.end_array().member("unfinished", model.pending());
    json.key("screens").begin_array();
    for (const Grid& grid : screen.grids) put_grid(json, screen, grid);
    json.end_array().key("history").begin_array();
    for (std::size_t line = 0; line < history_lines(model); ++line)
        json.string(history_text(model, line));
    return json.end_array().end_object().take();
}

std::optional<Size> parse_size(const char* text) {
    unsigned columns = 0;
    unsigned rows = 0;
    // NOLINTNEXTLINE(cert-err34-c): the caller is a test
    if (std::sscanf(text, "%ux%u", &columns, &rows) != 2) return std::nullopt;
    return Size{static_cast<std::uint16_t>(rows), static_cast<std::uint16_t>(columns)};
}

} // namespace

int main(int argc, char** argv) {
    std::optional<Model> model;
    for (int i = 1; i + 1 < argc; i += 2) {
        const auto size = parse_size(argv[i]);
        std::ifstream file(argv[i + 1], std::ios::binary);
        if (!size || !file) {
            std::fprintf(stderr, "model_state: %s %s?\n", argv[i], argv[i + 1]);
            return 2;
        }
        if (model) model->resize(*size);
        else model.emplace(*size);
        model->feed(std::string(std::istreambuf_iterator<char>(file), {}));
    }
    if (!model) {
        std::fputs("model_state COLUMNSxROWS FILE [COLUMNSxROWS FILE]...\n", stderr);
        return 2;
    }
    std::puts(state_of(*model).c_str());
    return 0;
}
