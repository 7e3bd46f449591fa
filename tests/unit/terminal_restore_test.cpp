// The property that everything rests on: what is restored into a fresh terminal is the same, now
// and whatever comes next.
#include "terminal_cuts.hpp"
#include "terminal_streams.hpp"

#include <array>
#include <cstdlib>
#include <doctest/doctest.h>

using namespace outlast::terminal;
using outlast::test::check_every_cut;
using outlast::test::restored;
using outlast::test::StreamMaker;
using outlast::test::visible;

namespace {

constexpr Size small{8, 24};

std::uint32_t seeds() {
    const char* more = std::getenv("OUTLAST_TEST_SEEDS"); // for a longer look
    return static_cast<std::uint32_t>(more != nullptr ? std::atoi(more) : 60);
}

} // namespace

TEST_CASE("every cut of streams that are hard to cut") {
    const std::string streams[] = {
        "plain text\r\nand a line that is longer than the screen is wide, so that it wraps "
        "twice\r\n$ ",
        "\033[31mred\033[0m \033[1;4mbold\033[m \033[48;5;20mwide "
        "\xE6\xBC\xA2\xE5\xAD\x97\033[K\033[0m\r\n",
        "\033[?1049h\033[2J\033[3;5Hfull screen\033[?25l\033[5;1H\033[7mstatus\033[0m\033[?1049l "
        "back",
        "123456789012345678901234", // exactly a row: a pending wrap
        "123456789012345678901234\xCC\x81"
        "5",
        "12345678901234567890123\xE6\xBC\xA2x",
        "\033[2;5r\033[?6h\033[1;1Hin\033[4;1H\n\n\nmargins\033[?6l\033[r",
        "\033[?69h\033[3;10s\033[1;3Habcdefghijklmnop\r\n\033[2Lx\033[?69l",
        "\033(0lqqk\033(B text \033)0\x0Exx\x0F yy",
        "\0337abc\033[5;5H\033[31m\0338def",
        "\033[4habc\033[1Gxy\033[4lz",
        "ab\033[3b cd\033[20b",
        "\033[3g\033[5GH\033H\r\tx\033[?5W",
        "\033]0;title\a\033[22t\033]2;other\a\033[23t",
        "\033[>1u\033[>5u\033[?1049h\033[>3u x\033[<u",
        "a\r\nb\r\nc\r\nd\r\ne\r\nf\r\ng\r\nh\r\ni\r\nj\r\nk",
        "\033[44m\033[2J\033[3;3H\033[0mx\033[1K",
        "\033[1\"qguarded\033[0\"q free\033[?2K",
        "\033[?7l"
        "1234567890123456789012345678",
        "\033#6wide line\r\n\033#3top\r\n\033#4bottom",
        // A wide character that did not fit, overwritten by a narrow one and written again.
        "\033[1;24H\xF0\x9F\x91\x8D\rx\n\033[F\xEC\x96\xB4",
        // The same in one line after the other, and all of them leave the screen.
        std::string(23, 'a') + "\xE6\xBC\xA2\rx\033[4G" + std::string(20, 'b') +
            "\xE6\xBC\xA2\rx\033[4G" + std::string(20, 'c') + "\xE6\xBC\xA2" +
            std::string(7, '\n') + "\033[1G\033M\n\n\n",
        // A wrap that waits behind a cell which was erased, in a colour, meanwhile.
        "\033[104m\033[J\033[1;24H~\033[ A\xE6\xBC\xA2",
        "\033[1;24H~\033[1;24;1;24$z\xE6\xBC\xA2",
        // A row of nothing that goes on, and then does not.
        "\033[4I\xED\x95\x9C\033[8;11H\n\t\033[Tit goes up again",
        "\033[4I\xED\x95\x9C\033[8;11H\n\033[H\033[K\033[8;1H\n\n",
        // At the right of the margins, on the last row, nothing is wrapped.
        "\033[?69h\033[1;9s\033[8;20H123456789\033[?69l",
    };
    for (const std::string& stream : streams) {
        CAPTURE(visible(stream));
        check_every_cut(stream, small);
    }
}

TEST_CASE("every cut of streams made by chance") {
    for (std::uint32_t seed = 1; seed <= seeds(); ++seed) {
        CAPTURE(seed);
        check_every_cut(StreamMaker(seed).make(120), small);
    }
}

TEST_CASE("streams made by chance, restored at another size") {
    constexpr std::array<Size, 5> sizes{{{8, 24}, {5, 31}, {12, 24}, {8, 9}, {3, 60}}};
    for (std::uint32_t seed = 2000; seed < 2000 + 2 * seeds(); ++seed) {
        CAPTURE(seed);
        StreamMaker maker(seed);
        Model model(small);
        for (std::size_t turn = 0; turn < sizes.size(); ++turn) {
            model.feed(maker.make(30));
            model.resize(sizes[(seed + turn) % sizes.size()]);
            restored(model, true, "a new size");
            Model fresh = restored(model, false, "a new size");
            const std::string next = maker.make(30);
            model.feed(next);
            fresh.feed(next);
            CHECK(difference(model, fresh, Compare::screen_only) == "");
        }
    }
}

TEST_CASE("the state does not depend on how the stream is cut into pieces") {
    for (std::uint32_t seed = 1000; seed < 1040; ++seed) {
        CAPTURE(seed);
        const std::string stream = StreamMaker(seed).make(400);
        Model whole(small);
        Model bytes(small);
        whole.feed(stream);
        for (const char byte : stream) bytes.feed({&byte, 1});
        CHECK(difference(whole, bytes, Compare::everything) == "");
    }
}
