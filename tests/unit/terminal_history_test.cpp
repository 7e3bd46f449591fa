// The lines above the screen: what is kept, in which order, and within which bounds.
#include "terminal/history.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace outlast::terminal;

namespace {

constexpr std::uint16_t columns = 200;

/// `length` letters that depend on `number`.
std::string letters(unsigned number, unsigned length) {
    std::string text;
    for (unsigned i = 0; i < length; ++i) text += static_cast<char>('a' + (number + i) % 26);
    return text;
}

Row row_of(const std::string& text, bool wrapped = false) {
    Row row(columns);
    row.wrapped = wrapped;
    for (const char letter : text) row.cells[row.used++] = {static_cast<unsigned char>(letter), {}};
    return row;
}

std::string text_of(const History& history, std::size_t number) {
    return std::string(history.line(number).bytes);
}

} // namespace

TEST_CASE("the newest lines are kept, in their order") {
    constexpr std::size_t limit = std::size_t{1} << 20;
    constexpr unsigned count = 30000;
    History history(limit);
    const ClusterTable clusters;
    for (unsigned i = 0; i < count; ++i) history.push(row_of(letters(i, i % 190)), clusters);
    CHECK(history.ever() == count);
    REQUIRE(history.size() < count);
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < history.size(); ++i) {
        const auto number = static_cast<unsigned>(count - history.size() + i);
        REQUIRE(text_of(history, i) == letters(number, number % 190));
        bytes += history.line(i).bytes.size();
    }
    CHECK(bytes <= limit);
    CHECK(bytes > limit * 3 / 4);
}

TEST_CASE("lines of many rows stay whole wherever they lie") {
    History history(std::size_t{4} << 20);
    const ClusterTable clusters;
    std::string expected;
    constexpr unsigned lines = 40;
    const auto rows_of = [](unsigned line) { return 1 + line * 7 % 150; };
    for (unsigned line = 0; line < lines; ++line) {
        for (unsigned row = 0; row < rows_of(line); ++row)
            history.push(row_of(letters(line + row, columns), row + 1 < rows_of(line)), clusters);
    }
    REQUIRE(history.size() == lines);
    for (unsigned line = lines; line-- > 0;) {
        expected.clear();
        for (unsigned row = 0; row < rows_of(line); ++row) expected += letters(line + row, columns);
        REQUIRE(text_of(history, line) == expected);
        REQUIRE(std::string(history.take_last().bytes) == expected);
    }
    CHECK(history.size() == 0);
    CHECK(history.ever() == 0);
    history.push(row_of("again"), clusters);
    CHECK(text_of(history, 0) == "again");
}

TEST_CASE("a line that is too long goes on in another piece") {
    History history(std::size_t{4} << 20);
    const ClusterTable clusters;
    std::string expected;
    for (unsigned row = 0; row < 2000; ++row) {
        history.push(row_of(letters(row, columns), true), clusters);
        expected += letters(row, columns);
    }
    std::string found;
    for (std::size_t i = 0; i < history.size(); ++i) {
        CHECK(history.line(i).continues == (i > 0));
        CHECK(history.line(i).open == (i + 1 == history.size()));
        CHECK(history.line(i).bytes.size() < History::longest_piece + columns);
        found += history.line(i).bytes;
    }
    CHECK(found == expected);
    CHECK(history.size() > 1);
    CHECK(history.ever() == 1);
}

TEST_CASE("colours come back from the history, and blanks at the end do not") {
    History history(std::size_t{1} << 20);
    ClusterTable clusters;
    Row row(columns);
    row.styled = true;
    const Style red{palette_mark | 1, rgb_mark | 0x102030, bold, 0};
    row.cells[row.used++] = {'x', red};
    row.cells[row.used++] = {0, {}};
    row.cells[row.used++] = {0x6F22 | Cell::wide_flag, red};
    row.cells[row.used++] = {Cell::tail_flag, red};
    row.cells[row.used++] = {clusters.add("e\xCC\x81") | Cell::cluster_flag, {}};
    row.cells[row.used++] = {0, {}};
    history.push(row, clusters);
    const std::vector<Cell> cells = decode_line(history.line(0).bytes, clusters);
    REQUIRE(cells.size() == 5);
    for (std::size_t i = 0; i < cells.size(); ++i) {
        CAPTURE(i);
        CHECK(cells[i] == row.cells[i]);
    }
}

TEST_CASE("a row that left place for a wide character goes on with that one only") {
    History history(std::size_t{1} << 20);
    const ClusterTable clusters;
    const Row above = row_of(letters(0, columns - 1), true);
    REQUIRE(above.leaves_place());
    Row wide(columns);
    wide.styled = true;
    wide.cells[wide.used++] = {0x6F22 | Cell::wide_flag, {}};
    wide.cells[wide.used++] = {Cell::tail_flag, {}};
    history.push(above, clusters);
    CHECK(history.goes_on_in(wide));
    CHECK(!history.goes_on_in(row_of("x")));
    history.push(wide, clusters);
    CHECK(history.size() == 1);
    history.push(above, clusters);
    history.push(row_of("x"), clusters);
    REQUIRE(history.size() == 3);
    CHECK(!history.line(1).open);
    CHECK(text_of(history, 2) == "x");
}

TEST_CASE("a line that ends early ends with what was written") {
    History history(std::size_t{1} << 20);
    const ClusterTable clusters;
    Row row = row_of("x", true);
    row.cells[columns - 1] = {0, {}};
    history.push(row, clusters);
    CHECK(text_of(history, 0).size() == columns - 1);
    history.end_line();
    CHECK(text_of(history, 0) == "x");
    CHECK(!history.line(0).open);
    history.push(row, clusters);
    history.push(row_of(""), clusters);
    REQUIRE(history.size() == 3);
    CHECK(text_of(history, 1) == "x");
    CHECK(text_of(history, 2) == "");
}
