// Output made to fill memory or to take for ever: the model stays within its bounds.
#include "terminal/model.hpp"
#include "terminal/plain_text.hpp"
#include "terminal/screen.hpp"
#include "terminal/serializer.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace outlast::terminal;

namespace {

constexpr std::size_t limit = std::size_t{1} << 20;
constexpr Size size{24, 80};

std::size_t history_bytes(const Model& model) {
    const History& history = model.screen().history;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < history.size(); ++i) bytes += history.line(i).bytes.size();
    return bytes;
}

} // namespace

TEST_CASE("one line without an end") {
    Model model(size, {limit});
    const std::string piece(1 << 16, 'x');
    for (int i = 0; i < 300; ++i) model.feed(piece);
    CHECK(history_bytes(model) <= limit);
    CHECK(history_bytes(model) > limit / 2);
    CHECK(row_text(model, 0) == std::string(80, 'x'));
}

TEST_CASE("lines, a style a cell, and redraws without a line") {
    Model model(size, {limit});
    std::string line;
    for (int i = 0; i < 80; ++i) line += "\033[38;2;1;2;" + std::to_string(i) + "mx";
    for (int i = 0; i < 3000; ++i) model.feed(line + "\r\n");
    CHECK(history_bytes(model) <= limit);
    const std::size_t lines = model.screen().history.size();
    for (int i = 0; i < 20000; ++i) model.feed("\033[H\033[2Jagain\r\n");
    CHECK(model.screen().history.size() == lines);
}

TEST_CASE("a character repeated more often than anybody could look at") {
    Model model(size, {limit});
    for (int i = 0; i < 300; ++i) model.feed("x\033[99999999b");
    CHECK(history_bytes(model) <= limit);
}

TEST_CASE("combining characters without an end, and clusters without number") {
    Model model(size, {limit});
    std::string marks = "e";
    for (int i = 0; i < 100000; ++i) marks += "\xCC\x81";
    model.feed(marks);
    CHECK(row_text(model, 0).size() <= ClusterTable::longest);
    for (int i = 0; i < 60000; ++i) {
        std::string cluster = "a";
        for (int bit = 0; bit < 16; ++bit) cluster += (i >> bit & 1) != 0 ? "\xCC\x81" : "\xCC\x80";
        model.feed(cluster);
    }
    // The newest ones are there: those that are not on the screen any more have made room.
    CHECK(restore(model, {}).size() < (std::size_t{1} << 18));
}

TEST_CASE("links without number") {
    Model model(size, {limit});
    for (int i = 0; i < 100000; ++i)
        model.feed("\033]8;;http://example.org/" + std::to_string(i) + "\033\\x\033]8;;\033\\\r\n");
    CHECK(history_bytes(model) <= limit);
    // Many fit, all of the screen's do.
    const Cell cell = model.screen().grid().row(5).at(0);
    CHECK(cell.glyph == 'x');
}

TEST_CASE("strings without an end") {
    Limits limits;
    limits.string_bytes = 1000;
    for (const char* introducer : {"\033]0;", "\033P$q", "\033_", "\033^", "\033X"}) {
        Model model(size, limits);
        model.feed(introducer);
        for (int i = 0; i < 1000; ++i) model.feed(std::string(1000, 'y'));
        CHECK(model.pending().size() <= 1010);
        CHECK(screen_text(model).empty());
        model.feed("\033\\after");
        CHECK(screen_text(model) == "after\n");
        CHECK(model.screen().titles.title.empty());
    }
    Model model(size);
    model.feed("\033[" + std::string(100000, '1') + "mafter");
    CHECK(screen_text(model) == "after\n");
}

TEST_CASE("stacks are bounded") {
    Model model(size);
    for (int i = 0; i < 10000; ++i)
        model.feed("\033[>1u\033[22t\033]2;" + std::to_string(i) + "\a");
    CHECK(model.screen().keyboards[0].below.size() == KeyboardStack::deepest);
    CHECK(model.screen().titles.stack.size() == Titles::deepest);
}

TEST_CASE("sizes out of all proportion") {
    Model model({0, 0});
    model.feed("x");
    model.resize({65535, 65535});
    CHECK(model.screen().size == Size{most_rows, most_columns, 0, 0});
    model.resize({1, 1});
    model.feed("\xE6\xBC\xA2y\r\n\033[5;5H\033[2;3r\033[99Lz");
    CHECK(model.screen().size.columns == 2);
}
