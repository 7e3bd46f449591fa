// A model's screen on a terminal of another size, seen by a second model.
#include "terminal/model.hpp"
#include "terminal/picture.hpp"
#include "terminal/plain_text.hpp"
#include "terminal/screen.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace outlast::terminal;

namespace {

/// A job's terminal and a viewer's of another size.
struct Pair {
    Pair(Size job_size, Size viewer_size)
        : job(job_size), viewer(viewer_size), picture(viewer_size) {
        viewer.feed("the user's own\r\n");
        viewer.feed(Picture::enter());
    }
    void show(std::string_view bytes) {
        job.feed(bytes);
        viewer.feed(picture.paint(job));
    }
    Model job;
    Model viewer;
    Picture picture;
};

} // namespace

TEST_CASE("a larger terminal shows all of it") {
    Pair pair({10, 20, 0, 0}, {15, 40, 0, 0});
    pair.show("\033[31mred\033[0m\033[10;18Hend\033[4;2H\033[?2004h\033[?1002h\033[?1006h");
    CHECK(screen_text(pair.viewer, TextStyle::ansi) == screen_text(pair.job, TextStyle::ansi));
    CHECK(pair.viewer.screen().cursor.row == 3);
    CHECK(pair.viewer.screen().cursor.column == 1);
    CHECK(pair.viewer.screen().modes[Mode::bracketed_paste]);
    CHECK(pair.viewer.screen().modes[Mode::mouse_drag]);
    pair.show("\033[2J\033[?2004l");
    CHECK(screen_text(pair.viewer).empty());
    CHECK_FALSE(pair.viewer.screen().modes[Mode::bracketed_paste]);
}

TEST_CASE("a smaller one shows what is around the cursor") {
    Pair pair({10, 20, 0, 0}, {4, 8, 0, 0});
    pair.show("0123456789\033[1;1H\033[?1000h");
    CHECK(screen_text(pair.viewer) == "01234567\n");
    // Positions on it would not be the job's.
    CHECK_FALSE(pair.viewer.screen().modes[Mode::mouse_buttons]);
    pair.show("\033[10;18HABC");
    CHECK(row_text(pair.viewer, 3) == "     ABC");
    CHECK(pair.viewer.screen().cursor.column == 7);
}

TEST_CASE("half a wide character is not shown") {
    Pair pair({3, 20, 0, 0}, {3, 5, 0, 0});
    pair.show("\xE4\xBD\xA0\xE4\xBD\xA0\xE4\xBD\xA0\033[1;1H");
    CHECK(screen_text(pair.viewer) == "\xE4\xBD\xA0\xE4\xBD\xA0\n");
    pair.show("\033[1;6H");
    CHECK(row_text(pair.viewer, 0) == " \xE4\xBD\xA0\xE4\xBD\xA0");
}

TEST_CASE("nothing is sent when nothing has changed, and only the rows that have") {
    Pair pair({5, 20, 0, 0}, {8, 30, 0, 0});
    pair.show("one\r\ntwo\r\nthree");
    CHECK(pair.picture.paint(pair.job).empty());
    pair.job.feed("!");
    const std::string bytes = pair.picture.paint(pair.job);
    CHECK(bytes.find("three!") != std::string::npos);
    CHECK(bytes.find("two") == std::string::npos);
}

TEST_CASE("what the terminal showed before is there again") {
    Pair pair({5, 20, 0, 0}, {8, 30, 0, 0});
    pair.show("\033[?1h\033=\033[>1u\033[3 q\033[?25lpicture");
    pair.viewer.feed(Picture::leave());
    const Screen& screen = pair.viewer.screen();
    CHECK(screen_text(pair.viewer) == "the user's own\n");
    CHECK(screen.shown == 0);
    CHECK(screen.modes == Modes());
    CHECK_FALSE(screen.application_keypad);
    CHECK(screen.cursor.row == 1);
}
