// Text, spans, sizes, JSON, names, keys and terminal modes: tables of cases.
#include "attach/mode_tracker.hpp"
#include "attach/prefix_keys.hpp"
#include "base/duration.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "job/spec.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace outlast;
using attach::KeyCommand;
using attach::ModeTracker;
using attach::PrefixKeys;

TEST_CASE("UTF-8, as Unicode's table 3-7 has it") {
    const struct {
        const char* bytes;
        bool good;
    } cases[]{{"", true},
              {"plain", true},
              {"\xC3\xA4", true},
              {"\xE2\x82\xAC", true},
              {"\xF0\x9F\x98\x80", true},
              {"\xC0\x80", false},
              {"\xC3", false},
              {"\xE0\x80\x80", false},
              {"\xED\xA0\x80", false},
              {"\xF4\x90\x80\x80", false},
              {"\xF5\x80\x80\x80", false},
              {"\xFF", false},
              {"a\x80", false}};
    for (const auto& each : cases) CHECK(is_utf8(each.bytes) == each.good);
}

TEST_CASE("what is printed can do no harm") {
    const struct {
        std::string raw;
        const char* shown;
    } cases[]{{"plain", "plain"},
              {"\033[31mred\033[0m", "red"},
              {"\033]0;title\007x", "x"},
              {"\033]8;;http://a\033\\link\033]8;;\033\\", "link"},
              {"\033Pq#0\033\\x", "x"},
              {"50%\r100%", "100%"},
              {"a\tb", "a b"},
              {"a\x07\x08z", "z"},
              {"\xC2\x9B"
               "31mx",
               "31mx"},
              {"\xFFx", "\xEF\xBF\xBDx"},
              {"x\033", "x"},
              {"x\033[", "x"},
              {"x\033]0;open", "x"}};
    for (const auto& each : cases) {
        CAPTURE(each.raw);
        CHECK(printable_line(each.raw) == each.shown);
    }
    CHECK(printable_text("a\n\033[1mb\033[m\n") == "a\nb\n");
}

TEST_CASE("numbers, base64, quoting, widths") {
    CHECK(parse_u64("0") == 0);
    CHECK(parse_u64("18446744073709551615") == UINT64_MAX);
    for (const char* text : {"", "-1", "+1", " 1", "1 ", "0x1", "18446744073709551616"})
        CHECK_FALSE(parse_u64(text));
    for (const std::string& bytes :
         {std::string(), std::string("a"), std::string("ab\0", 3), std::string("\xFF\xFE\xFD\xFC")})
        CHECK(base64_decode(base64_encode(bytes)) == bytes);
    CHECK_FALSE(base64_decode("a"));
    CHECK_FALSE(base64_decode("ab=c"));
    CHECK(shell_quote("plain/x.y") == "plain/x.y");
    CHECK(shell_quote("it's") == "'it'\\''s'");
    CHECK(shell_quote("").size() == 2);
    CHECK(display_width("abc") == 3);
    CHECK(display_width("\xE4\xB8\xAD") == 2);
    CHECK(display_width(fit_width("abcdefgh", 5, true)) == 5);
    CHECK(fit_width("abc", 5, true) == "abc");
}

TEST_CASE("spans and sizes") {
    const struct {
        const char* text;
        Nanoseconds span;
    } spans[]{{"90", 90 * ns_per_second},
              {"90s", 90 * ns_per_second},
              {"1.5h", 5400 * ns_per_second},
              {"2h30m", 9000 * ns_per_second},
              {"1d 4h", 100800 * ns_per_second},
              {"500ms", 500 * ns_per_ms},
              {"0", 0}};
    for (const auto& each : spans) {
        CAPTURE(each.text);
        CHECK(parse_duration(each.text) == each.span);
    }
    for (const char* text : {"", "x", "5 parsecs", "-5", "1e400s", "h"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_duration(text));
    }
    CHECK(parse_size("64k") == 65536);
    CHECK(parse_size("1.5G") == 1610612736);
    CHECK(parse_size("1GiB") == 1073741824);
    for (const char* text : {"", "G", "-1", "1X", "99999999999999999999G"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_size(text));
    }
    CHECK(format_duration(251 * ns_per_second) == "4m 11s");
    CHECK(format_duration(850 * ns_per_ms) == "850ms");
    CHECK(format_size(812) == "812 B");
    CHECK(format_size(4096) == "4.0 KB");
    CHECK(format_rfc3339(250 * ns_per_ms) == "1970-01-01T00:00:00.250Z");
    CHECK(parse_moment("@5.5", 0) == 5500 * ns_per_ms);
    CHECK(parse_moment("1970-01-01T00:01:00Z", 0) == 60 * ns_per_second);
    CHECK(parse_moment("-1h", 7200 * ns_per_second) == 3600 * ns_per_second);
    for (const char* text : {"", "soon", "25:00", "14:61", "2026-13-01"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_moment(text, 0));
    }
}

TEST_CASE("JSON is what a real parser reads") {
    JsonWriter writer;
    writer.begin_object().member("plain", "x").member("quote", "a\"b\\c\n\x01");
    writer.member("bytes", std::string_view("\xFF\x00", 2));
    writer.member("big", UINT64_MAX).member("small", INT64_MIN).member("yes", true);
    writer.key("list").begin_array().number(1).null().begin_object().end_object().end_array();
    writer.key("empty").begin_array().end_array().raw("\"a\":1").end_object();
    const auto json = nlohmann::json::parse(writer.text());
    CHECK(json["quote"] == "a\"b\\c\n\x01");
    CHECK(json["bytes"]["base64"] == "/wA=");
    CHECK(json["big"] == UINT64_MAX);
    CHECK(json["small"] == INT64_MIN);
    CHECK(json["list"].size() == 3);
    CHECK(json["a"] == 1);
}

TEST_CASE("words are wrapped") {
    CHECK(wrap_words("one two three", 4, 80) == "one two three");
    CHECK(wrap_words("aaaaaaaaaa bbbbbbbbb cccc dd", 4, 24) == "aaaaaaaaaa bbbbbbbbb\n    cccc dd");
    CHECK(wrap_words("aaaaaaaaaa bbbbbbbbb cccc dd", 0, 1) == "aaaaaaaaaa bbbbbbbbb\ncccc dd");
    CHECK(wrap_words(std::string(30, 'x') + " y", 2, 24) == std::string(30, 'x') + "\n  y");
    CHECK(wrap_words("", 4, 80).empty());
}

TEST_CASE("names made from commands") {
    const struct {
        std::vector<std::string> words;
        const char* name;
    } cases[]{{{"./migrate.sh"}, "migrate"},
              {{"python3", "train.py"}, "train"},
              {{"/usr/bin/pg_dump", "-Fc"}, "pg_dump"},
              {{"sudo", "rsync", "-a"}, "rsync"},
              {{"A=1", "env", "B=2", "make"}, "make"},
              {{"pg_dump a | psql b"}, "pg_dump"},
              {{"123"}, "job"},
              {{""}, "job"},
              {{"\xFF\xFE"}, "job"},
              {{"."}, "job"},
              {{"-bash"}, "bash"},
              {{"-"}, "job"}};
    for (const auto& each : cases) {
        CAPTURE(each.words[0]);
        const std::string name = job::derive_name(each.words);
        CHECK(name == each.name);
        CHECK(job::check_name(name));
    }
    CHECK(job::derive_name({std::string(500, 'a')}).size() == 32);
    for (const char* name : {"", "-a", ".a", "12", "a b", "a/b", "\xFF"})
        CHECK_FALSE(job::check_name(name));
}

TEST_CASE("the detach key") {
    const struct {
        const char* typed;
        const char* pass;
        KeyCommand command;
    } cases[]{{"ls\r", "ls\r", KeyCommand::none},
              {"\x1c"
               "d",
               "", KeyCommand::detach},
              {"x\x1c"
               "dyz",
               "x", KeyCommand::detach},
              {"\x1c\x1a", "", KeyCommand::suspend},
              {"\x1c\x1c", "\x1c", KeyCommand::none},
              {"\x1c\x0e", "\x1c\x0e", KeyCommand::none},
              {"\033[92;5ud", "", KeyCommand::detach},
              {"\033[27;5;92~d", "", KeyCommand::detach},
              {"\033[A", "\033[A", KeyCommand::none}};
    for (const auto& each : cases) {
        CAPTURE(each.typed);
        PrefixKeys keys;
        const auto result = keys.feed(each.typed, 0);
        CHECK(result.pass == each.pass);
        CHECK(result.command == each.command);
    }
    PrefixKeys keys;
    CHECK(keys.feed("\x1c", 5).pass.empty());
    CHECK(keys.deadline() == 5 + 700 * ns_per_ms);
    CHECK(keys.release("").empty()); // not held: that answer is for an earlier one
    keys.hold();
    CHECK_FALSE(keys.deadline());
    CHECK(keys.release("\x03\x1a") == "\x1c");
    CHECK(keys.release("").empty());
    CHECK(PrefixKeys::parse("C-b") == 2);
    CHECK(PrefixKeys::parse("^A") == 1);
    CHECK(PrefixKeys::parse("C-\\") == 0x1c);
    for (const char* name : {"", "b", "C-", "C-bb", "^", "C-["})
        CHECK_FALSE(PrefixKeys::parse(name));
}

TEST_CASE("a prefix that would raise a signal waits for the second key, however long") {
    const struct {
        const char* second;
        const char* pass;
        KeyCommand command;
    } cases[]{{"d", "", KeyCommand::detach},
              {"\x1c", "\x1c", KeyCommand::none},
              {"x",
               "\x1c"
               "x",
               KeyCommand::none}};
    for (const auto& each : cases) {
        CAPTURE(each.second);
        PrefixKeys keys;
        (void)keys.feed("\x1c", 0);
        keys.hold();
        CHECK(keys.release("\x03\x1c\x1a").empty());
        const auto result = keys.feed(each.second, 3600 * ns_per_second);
        CHECK(result.pass == each.pass);
        CHECK(result.command == each.command);
    }
    PrefixKeys keys;
    (void)keys.feed("\033[92;5u", 0); // the same key, in bytes that raise none
    keys.hold();
    CHECK(keys.release("\x1c") == "\033[92;5u");
}

TEST_CASE("modes are followed however the bytes arrive") {
    const std::string bytes = "a\033[?1049h\033[?25l\033[?1000;1006hb\033=\033[?2004h\033[?2004l";
    for (std::size_t step = 1; step <= bytes.size(); ++step) {
        CAPTURE(step);
        ModeTracker modes;
        for (std::size_t at = 0; at < bytes.size(); at += step)
            modes.feed(std::string_view(bytes).substr(at, step));
        CHECK(modes.on_alternate_screen());
        CHECK(modes.leave() == "\033[?25h\033[?1000l\033[?1006l\033[?1049l\033>\033[0m");
        CHECK(modes.enter() == "\033[?25l\033[?1000h\033[?1006h\033[?1049h\033=");
        modes.feed("\033c");
        CHECK_FALSE(modes.on_alternate_screen());
    }
}
