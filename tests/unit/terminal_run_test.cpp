// Runs of text, which are written as a whole, against the same text character by character.
#include "terminal/cell_run.hpp"
#include "terminal/compare.hpp"
#include "terminal/model.hpp"
#include "terminal/plain_text.hpp"
#include "terminal/screen.hpp"

#include <doctest/doctest.h>
#include <random>
#include <string>

using namespace outlast::terminal;

TEST_CASE("a run of printable bytes ends at the first one that is not") {
    const std::string text(70, 'x');
    for (std::size_t length = 0; length <= text.size(); ++length)
        CHECK(printable_run(std::string_view(text).substr(0, length)) == length);
    for (unsigned byte = 0; byte < 256; ++byte) {
        const bool printable = byte >= 0x20 && byte < 0x7F;
        for (std::size_t at = 0; at < text.size(); ++at) {
            std::string changed = text;
            changed[at] = static_cast<char>(byte);
            if (printable_run(changed) != (printable ? text.size() : at))
                FAIL("byte " << byte << " at " << at);
        }
    }
}

TEST_CASE("a cell is written with all of its style") {
    const Style style{palette_mark | 7, rgb_mark | 0x123456, bold | guarded | underline_mask,
                      0xFEDC};
    Cell cell;
    CellWriter(style).put(&cell, 0x6F22 | Cell::wide_flag);
    CHECK(cell == Cell{0x6F22 | Cell::wide_flag, style});
}

TEST_CASE("runs of all widths, at the edges and in all modes") {
    const std::string_view characters[] = {"x",
                                           "\xC3\xA9",
                                           "\xE2\x94\x80",
                                           "\xE6\xBC\xA2",
                                           "\xED\x95\x9C",
                                           "\xF0\x9F\x91\x8D",
                                           "e\xCC\x81",
                                           "\xC2\x85",
                                           "\xFF",
                                           "\xF0\x9D\x92\x9C"};
    const std::string_view sequences[] = {
        "\033[?7l",  "\033[?7h",  "\033[4h",    "\033[4l",  "\033[?69h\033[3;9s",
        "\033[?69l", "\033[3;6H", "\033[1;12H", "\033[41m", "\033[0m",
        "\033[K",    "\r\n",      "\033[7;11H", "\033(0",   "\033(B",
        "\033N",     "\033[1;3r", "\033[r",     "\b",       "\t",
        "\033[3b",   "\033[2;4H", "\033[1\"q",  "\033[2P"};
    std::mt19937 random(7); // NOLINT(cert-msc51-cpp): the same each time
    const auto upto = [&random](std::size_t most) { return random() % (most + 1); };
    for (int round = 0; round < 400; ++round) {
        const Size size{7, static_cast<std::uint16_t>(2 + upto(20))};
        std::string stream;
        while (stream.size() < 300) {
            const std::string_view usual = characters[upto(std::size(characters) - 1)];
            for (std::size_t i = upto(30); i > 0; --i)
                stream += upto(8) == 0 ? characters[upto(std::size(characters) - 1)] : usual;
            stream += sequences[upto(std::size(sequences) - 1)];
        }
        Model whole(size);
        Model single(size);
        whole.feed(stream);
        for (const char byte : stream) single.feed({&byte, 1});
        CAPTURE(round);
        CHECK(difference(whole, single, Compare::everything) == "");
    }
}

TEST_CASE("the place that a wide character left is no part of the line") {
    Model model(Size{4, 10});
    model.feed("\033[41m\033[K\033[0m123456789\xE6\xBC\xA2 end");
    CHECK(model.screen().grid().row(0).leaves_place());
    model.resize(Size{4, 30});
    CHECK(screen_text(model) == "123456789\xE6\xBC\xA2 end\n");
    Model indented(Size{4, 10});
    indented.feed("\t\t\xE6\xBC\xA2");
    indented.resize(Size{4, 30});
    CHECK(screen_text(indented) == "         \xE6\xBC\xA2\n");
}
