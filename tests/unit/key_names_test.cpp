// Keys by name, and what a terminal sends for them.
#include "attach/key_names.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace outlast;
using attach::CursorKeys;

TEST_CASE("keys by name become the bytes of an xterm") {
    struct Case {
        const char* keys;
        std::string normal;
        std::string application;
    };
    const Case cases[] = {
        {"a", "a", "a"},
        {"y Enter", "y\r", "y\r"},
        {"C-c", "\003", "\003"},
        {"^C c-D", "\003\004", "\003\004"},
        {"C-\\ C-[ C-] C-_", "\034\033\035\037", "\034\033\035\037"},
        {"C-?", "\177", "\177"},
        {"C-Space", std::string(1, '\0'), std::string(1, '\0')},
        {"C-@", std::string(1, '\0'), std::string(1, '\0')},
        {"M-x", "\033x", "\033x"},
        {"C-M-x", "\033\030", "\033\030"},
        {"Escape : q Enter", "\033:q\r", "\033:q\r"},
        {"Tab BTab S-Tab Space BSpace", "\t\033[Z\033[Z \177", "\t\033[Z\033[Z \177"},
        {"Up Down Left Right", "\033[A\033[B\033[D\033[C", "\033OA\033OB\033OD\033OC"},
        {"Home End", "\033[H\033[F", "\033OH\033OF"},
        {"C-Left S-Up M-C-Right", "\033[1;5D\033[1;2A\033[1;7C", "\033[1;5D\033[1;2A\033[1;7C"},
        {"Insert Delete PageUp NPage", "\033[2~\033[3~\033[5~\033[6~",
         "\033[2~\033[3~\033[5~\033[6~"},
        {"F1 F4 F5 F12", "\033OP\033OS\033[15~\033[24~", "\033OP\033OS\033[15~\033[24~"},
        {"C-F5 S-F1", "\033[15;5~\033[1;2P", "\033[15;5~\033[1;2P"},
        {"ä", "ä", "ä"},
        {"- C--", "", ""},
    };
    for (const Case& each : cases) {
        CAPTURE(each.keys);
        const auto normal = attach::bytes_of_keys(each.keys, CursorKeys::normal);
        const auto application = attach::bytes_of_keys(each.keys, CursorKeys::application);
        if (each.normal.empty()) {
            CHECK(!normal);
            continue;
        }
        REQUIRE(normal);
        CHECK(*normal == each.normal);
        CHECK(application.value() == each.application);
    }
}

TEST_CASE("what is no key is refused, with the nearest one") {
    for (const char* keys : {"Entre", "hello", "", "  ", "C-Enter", "S-a", "C-1", "F13"}) {
        CAPTURE(keys);
        const auto bytes = attach::bytes_of_keys(keys, CursorKeys::normal);
        REQUIRE(!bytes);
        CHECK(bytes.error().is(Errc::usage));
    }
    CHECK(attach::bytes_of_keys("Entre", CursorKeys::normal).error().fix == "did you mean Enter?");
}
