// What arrives of a text that is pasted.
#include "attach/paste.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace outlast;
using attach::Brackets;
using attach::Paste;

namespace {

std::string pasted(const std::string& text, Brackets brackets, std::size_t step) {
    Paste paste(brackets);
    std::string typed;
    for (std::size_t at = 0; at < text.size(); at += step)
        typed += paste.feed(std::string_view(text).substr(at, step));
    return typed + paste.finish();
}

} // namespace

TEST_CASE("a paste") {
    const struct {
        std::string text;
        std::string bracketed; ///< between the brackets
        std::string bare;
    } cases[]{
        {"", "", ""},
        {"a\tb\nc\r\nd\re", "a\tb\rc\rd\re", "a\tb\rc\rd\re"},
        {"x\033[201~y", "xy", "x[201~y"},
        {"x\033[20\033[201~1~y", "x\033[20 1~y", "x[20[201~1~y"},
        {"\033[2\033[20\033[201~1~01~z", "\033[2\033[20 1~01~z", "[2[20[201~1~01~z"},
        {"\033[201\x03~z", "z", "[201~z"},
        {"\xC2\x9B"
         "201~z",
         "201~z", "201~z"},
        {"\033[31mred\003\004\177\b\a", "\033[31mred", "[31mred"},
        {"\xC3\xA4 \xE4\xB8\xAD \xF0\x9F\x98\x80", "\xC3\xA4 \xE4\xB8\xAD \xF0\x9F\x98\x80",
         "\xC3\xA4 \xE4\xB8\xAD \xF0\x9F\x98\x80"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.text);
        for (const std::size_t step : {1U, 2U, 5U, 1000U}) {
            CHECK(pasted(each.text, Brackets::yes, step) ==
                  "\033[200~" + each.bracketed + "\033[201~");
            CHECK(pasted(each.text, Brackets::no, step) == each.bare);
        }
    }
    std::string nested = "\033[201~";
    for (int i = 0; i < 5000; ++i) nested = "\033[20" + nested + "1~";
    const std::string typed = pasted(std::string(20'000, 'a') + nested, Brackets::yes, 4096);
    CHECK(typed.find("\033[201~") == typed.size() - 6);
}
