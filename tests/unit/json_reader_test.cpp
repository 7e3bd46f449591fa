// JsonReader against nlohmann::json: they accept the same texts and see the same values.
#include "base/json_reader.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <random>

using outlast::JsonReader;

namespace {

const std::string sample =
    R"({"a":1,"name":"caf\u00e9 \ud83d\ude00 \"q\"","neg":-7,"big":18446744073709551615,"no":null,)"
    R"("t":true,"f":false,"list":["x","y\n",3,{"base64":"AP8="}],"b":{"base64":"AP8="},)"
    R"("deep":{"x":[1,[2,{"y":[]}],{}],"z":1.5e-3},"after":42,"kä":"v"})";

bool accepts(const std::string& text) {
    JsonReader reader(text);
    while (reader.next_member()) {
    }
    return reader.is_valid();
}

bool nlohmann_accepts(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    return json.is_object();
}

} // namespace

TEST_CASE("values of every type") {
    JsonReader reader(sample);
    std::string name, bytes;
    std::int64_t a = 0, neg = 0, after = 0;
    std::uint64_t big = 0;
    bool t = false, f = true;
    double depth = 0;
    std::vector<std::string> list;
    std::vector<std::string> keys;
    while (reader.next_member()) {
        const std::string key(reader.key());
        keys.push_back(key);
        if (key == "a") a = reader.integer();
        else if (key == "name") name = reader.text();
        else if (key == "neg") neg = reader.integer();
        else if (key == "big") big = reader.unsigned_integer();
        else if (key == "t") t = reader.boolean();
        else if (key == "f") f = reader.boolean(true);
        else if (key == "list") list = reader.text_list();
        else if (key == "b") bytes = reader.text();
        else if (key == "after") after = reader.integer();
        else if (key == "deep" && reader.enter_object()) {
            while (reader.next_member()) ++depth;
        }
    }
    CHECK(reader.is_valid());
    CHECK(keys.size() == 12);
    CHECK(keys.back() == "kä");
    CHECK(a == 1);
    CHECK(name == "café 😀 \"q\"");
    CHECK(neg == -7);
    CHECK(big == 18446744073709551615ULL);
    CHECK(t);
    CHECK_FALSE(f);
    CHECK(bytes == std::string("\0\xff", 2));
    CHECK(list == std::vector<std::string>{"x", "y\n", "", std::string("\0\xff", 2)});
    CHECK(depth == 2);
    CHECK(after == 42);
}

TEST_CASE("a value of another type gives the default and the rest is read") {
    for (const char* value : {"null", "true", "\"s\"", "1.5", "[1]", "{\"a\":1}", "-3", "1e99"}) {
        const std::string text = std::string(R"({"x":)") + value + R"(,"y":5})";
        CAPTURE(text);
        for (int kind = 0; kind < 5; ++kind) {
            JsonReader reader(text);
            REQUIRE(reader.next_member());
            if (kind == 0) (void)reader.integer(9);
            if (kind == 1) (void)reader.unsigned_integer(9);
            if (kind == 2) (void)reader.text();
            if (kind == 3) (void)reader.boolean();
            if (kind == 4) (void)reader.text_list();
            REQUIRE(reader.next_member());
            CHECK(reader.key() == "y");
            CHECK(reader.integer() == 5);
            CHECK_FALSE(reader.next_member());
            CHECK(reader.is_valid());
        }
    }
}

TEST_CASE("texts that are no object or not well-formed") {
    for (const char* text : {"",
                             " ",
                             "[]",
                             "{",
                             "}",
                             "{}x",
                             "{\"a\"}",
                             "{\"a\":}",
                             "{\"a\":1,}",
                             "{,}",
                             "{\"a\":01}",
                             "{\"a\":1 \"b\":2}",
                             "{\"a\":\"\\x\"}",
                             "{\"a\":\"\\ud800\"}",
                             "{\"a\":\"\xff\"}",
                             "{\"a\":tru}",
                             "{\"a\":[1,]}",
                             "{\"a\":[1}",
                             "{\"a\":{\"b\":1]}",
                             "{\"a\":1.}",
                             "{\"a\":-}",
                             "{\"a\":\"\n\"}",
                             "{a:1}",
                             "{\"a\":{\"b\"}}"}) {
        CAPTURE(text);
        CHECK_FALSE(accepts(text));
        CHECK_FALSE(nlohmann_accepts(text));
    }
    CHECK(accepts(" { } \n"));
    CHECK_FALSE(accepts("{\"a\":" + std::string(100000, '[')));
}

TEST_CASE("damaged texts: the same answer as nlohmann, no crash") {
    std::mt19937 random(20261122);
    const std::string signs = "{}[]\",:\\0123-.tfnu \n\x01\xc3\xa9";
    int valid = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string text = sample;
        const int changes = 1 + static_cast<int>(random() % 3);
        for (int i = 0; i < changes; ++i) {
            const std::size_t at = random() % text.size();
            const char sign = signs[random() % signs.size()];
            if (random() % 4 == 0) text.resize(at + 1);
            else if (random() % 2 == 0) text[at] = sign;
            else text.insert(at, 1, sign);
        }
        CAPTURE(text);
        // No "e" among the signs: nlohmann takes a number too large for a double for damage.
        const bool expected = nlohmann_accepts(text);
        REQUIRE(accepts(text) == expected);
        valid += expected ? 1 : 0;
    }
    CHECK(valid > 100);
}
