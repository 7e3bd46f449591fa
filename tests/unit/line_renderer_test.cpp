// Lines as a terminal shows them in the end.
#include "attach/line_renderer.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using namespace outlast;
using attach::LineEnds;
using attach::LinePiece;
using attach::LineRenderer;
using End = LinePiece::End;

namespace {

constexpr terminal::Size small{5, 20, 0, 0};

struct Lines {
    std::vector<std::string> texts;
    std::vector<std::uint64_t> offsets;
    bool open = false;
    LineRenderer::Take take = [this](const LinePiece& piece) {
        if (piece.end == End::overwritten) return;
        if (piece.begins) {
            texts.emplace_back();
            offsets.push_back(piece.offset);
        }
        texts.back() += piece.text;
        open = piece.end == End::open;
    };
};

Lines render(const std::string& bytes, std::size_t step, LineEnds ends = LineEnds::terminal,
             terminal::Size size = small) {
    Lines lines;
    LineRenderer renderer(ends, size);
    for (std::size_t at = 0; at < bytes.size(); at += step)
        renderer.feed(at, std::string_view(bytes).substr(at, step), lines.take);
    renderer.flush(lines.take);
    return lines;
}

std::string joined(const Lines& lines) {
    std::string text;
    for (const std::string& line : lines.texts) text += line + "|";
    return text;
}

} // namespace

TEST_CASE("lines in their final form, however the bytes arrive") {
    const struct {
        const char* what;
        std::string bytes;
        std::string lines;
    } cases[]{
        {"plain", "one\r\ntwo\r\n\r\nthree", "one|two||three|"},
        {"colours", "\033[31mre\033[0md\r\n\033[1;38:2::1:2:3mx\033[m\r\n", "red|x|"},
        {"a bar", "  1%\r  2%\r100%\r\ndone\r\n", "100%|done|"},
        {"shorter than before", "longer text\rshort\r\n", "shortr text|"},
        {"erased first", "longer text\r\033[Kshort\r\n", "short|"},
        {"backspaces", "ab\b \b\b*c\r\n", "*c|"},
        {"two bars", "a 1\r\nb 1\r\n\033[2Aa 2\033[K\r\nb 2\r\nend\r\n", "a 2|b 2|end|"},
        {"a bar above", "a\r\nb\r\n\033[2A\033[2K\rx\033[2B\rc\r\n", "x|b|c|"},
        {"wrapped", "0123456789012345678901234567\r\nx\r\n", "0123456789012345678901234567|x|"},
        {"wrapped, then drawn", "0123456789012345678901234\r\n\033[Ay\r\n",
         "01234567890123456789y1234|"},
        {"alternate screen", "before\r\n\033[?1049h\033[Hvim\r\nmore\033[?1049lafter\r\n",
         "before|after|"},
        {"clear keeps", "a\r\nb\r\n\033[H\033[2Jc\r\n", "a|b|c|"},
        {"clear from home", "a\r\nb\033[H\033[Jc\r\n", "a|b|c|"},
        {"erased below is gone", "a\r\nb\r\nc\033[2;1H\033[Jd\r\n", "a|d|"},
        {"reset keeps", "a\r\n\033cb\r\n", "a|b|"},
        {"redrawn from home", "a\r\nb\r\n\033[Hx\033[K\r\ny\033[K\r\n", "x|y|"},
        {"title and bell", "\033]0;title\007a\a\r\n", "a|"},
        {"tabs stay", "a\tb\r\nc\r\033[1md\te\r\n", "a\tb|d       e|"},
        {"tabs stay when drawn", "a\tb\r\n1\r2\r\n", "a\tb|2|"},
        {"not UTF-8", "a\xFF\xC3(\r\n", "a\xEF\xBF\xBD\xEF\xBF\xBD(|"},
        {"C1 in UTF-8",
         "a\xC2\x9B"
         "31mb\r\n",
         "ab|"},
        {"a character is cut", "a\xE4\xB8", "a\xEF\xBF\xBD|"},
        {"a sequence is cut", "a\033[3", "a|"},
        {"wide", "\xE4\xB8\xAD\xE6\x96\x87\r\n\xE4\xB8\xAD\rx\r\n", "\xE4\xB8\xAD\xE6\x96\x87|x |"},
        {"backgrounds", "\033[44m\033[2J\033[Ha\033[K\r\nb\033[0m\r\n", "a|b|"},
        {"only line feeds down", "ab\ncd\r\n", "ab|  cd|"},
        {"more than a screen", "1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\r\n8\r\n\033[3Ax\r\n",
         "1|2|3|4|5|x|7|8|"},
        {"out of reach", "1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\r\n8\r\n\033[99Ax\r\n",
         "1|2|3|4|x|6|7|8|"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.what);
        for (const std::size_t step : {1U, 2U, 3U, 7U, 1000U}) {
            CAPTURE(step);
            CHECK(joined(render(each.bytes, step)) == each.lines);
        }
    }
}

TEST_CASE("the output of a job without a terminal") {
    for (const std::size_t step : {1U, 3U, 1000U}) {
        CHECK(joined(render("a\nb\r\nc", step, LineEnds::file)) == "a|b|c|");
        CHECK(joined(render("1%\r2%\n\033[31mx\033[0m\ny\n", step, LineEnds::file)) == "2%|x|y|");
    }
}

TEST_CASE("where a line begins, and whether it ended") {
    const Lines lines = render("ab\r\n1%\r2%\r\n\033[1mx\033[0m\r\n1\r2", 1000);
    REQUIRE(lines.offsets.size() == 4);
    const std::uint64_t begins[]{0, 4, 11, 22};
    for (std::size_t i = 0; i < 4; ++i) CHECK(lines.offsets[i] == begins[i]);
    CHECK(lines.open);
    CHECK_FALSE(render("1\r2\r\n", 1000).open);
}

TEST_CASE("an endless bar, an endless line and endless erasing stay bounded") {
    std::string bar;
    for (int i = 0; i < 200000; ++i) bar += "\rprogress " + std::to_string(i % 1000);
    CHECK(joined(render(bar + "\r\n", 4096)) == "progress 999|");
    const std::string line(300'000, 'x');
    CHECK(joined(render(line + "\r\nb\r\n", 4096)) == line + "|b|");
    CHECK(joined(render("\b" + line + "\r\nb\r\n", 4096)) == line + "|b|");
}

TEST_CASE("settled lines are given once, and again when they change") {
    Lines lines;
    LineRenderer renderer(LineEnds::terminal, small);
    renderer.feed(0, "one\r\na 1\r\nb 1\r\n", lines.take);
    renderer.settle(0, lines.take);
    CHECK(joined(lines) == "one|a 1|b 1|");
    renderer.feed(15, "\033[2A\033[2B", lines.take); // goes there and changes nothing
    renderer.settle(0, lines.take);
    CHECK(joined(lines) == "one|a 1|b 1|");
    CHECK(renderer.usual_reach() == 2);
    renderer.feed(23, "\033[2Aa 2\r\nb 2\r\n", lines.take);
    renderer.settle(renderer.usual_reach(), lines.take);
    CHECK(joined(lines) == "one|a 1|b 1|");
    REQUIRE(renderer.open_lines().size() == 2);
    CHECK(renderer.open_lines()[0].text == "a 2");
    renderer.feed(40, "c\r\nd", lines.take);
    renderer.settle(renderer.usual_reach(), lines.take);
    CHECK(joined(lines) == "one|a 1|b 1|a 2|");
    renderer.flush(lines.take);
    CHECK(joined(lines) == "one|a 1|b 1|a 2|b 2|c|d|");
}

TEST_CASE("a change of size loses no line and repeats none") {
    for (const terminal::Size to : {terminal::Size{3, 7, 0, 0}, terminal::Size{9, 50, 0, 0}}) {
        Lines lines;
        LineRenderer renderer(LineEnds::terminal, small);
        renderer.feed(0, "first line of all\r\n1\r2\r\nsecond\r\nbar 1%", lines.take);
        renderer.resize(to, lines.take);
        renderer.feed(40, "\rbar 2%\r\nend\r\n", lines.take);
        renderer.flush(lines.take);
        CHECK(joined(lines) == "first line of all|2|second|bar 2%|end|");
    }
}

TEST_CASE("what is about to be written over can be seen") {
    std::string seen;
    LineRenderer renderer(LineEnds::terminal, small);
    renderer.observe_overwritten();
    renderer.feed(0, " 50%\r 51%\033[1;31m!\r100%\r\n", [&](const LinePiece& piece) {
        if (piece.end == End::overwritten) seen += std::string(piece.text) + "|";
    });
    CHECK(seen == " 50%| 51%!|");
}

TEST_CASE("whatever comes, in whatever pieces, the lines are the same and hold no controls") {
    const std::vector<std::string> parts{
        "text ",       "\r",          "\n",       "\r\n",     "\033[A",       "\033[2K",
        "\033[K",      "\b",          "\t",       "\033[31m", "\xE4\xB8\xAD", "\xFF",
        "\033[?1049h", "\033[?1049l", "\033[2J",  "\033[H",   "\033[3;2r",    "\033[r",
        "\033M",       "\033D",       "\033[L",   "\033[M",   "\033]0;x\007", "\033[5;9H",
        "longer text", "\033[?7l",    "\033[?7h", "\033c",    "e\xCC\x81",    "\033[9b",
        "\033(0",      "\033(B"};
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        std::string bytes;
        for (int i = 0; i < 120; ++i) bytes += parts[random() % parts.size()];
        const std::string whole = joined(render(bytes, bytes.size()));
        CHECK(joined(render(bytes, 1)) == whole);
        CHECK(joined(render(bytes, 13)) == whole);
        for (const char sign : whole)
            CHECK((static_cast<unsigned char>(sign) >= 0x20 || sign == '\t'));
    }
}
