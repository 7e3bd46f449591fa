// The configuration file: values, places, warnings.
#include "cli/config.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace outlast;

TEST_CASE("settings come with their place") {
    const auto parsed =
        cli::parse_config("# mine\nprefix = \"C-b\"\nlog_max = 1048576\n\n"
                          "stop_grace = '1m'\nkeep_days = 7\ncolor = 'never'\nhold_agent = true\n",
                          "/c.toml");
    CHECK(parsed.warnings.empty());
    REQUIRE(parsed.settings.size() == 6);
    for (const auto& [key, value, source] : parsed.settings) {
        CAPTURE(key);
        if (key == "prefix") CHECK((value == "C-b" && source == "/c.toml:2"));
        else if (key == "log_max") CHECK((value == "1048576" && source == "/c.toml:3"));
        else if (key == "stop_grace") CHECK((value == "1m" && source == "/c.toml:5"));
        else if (key == "hold_agent") CHECK((value == "true" && source == "/c.toml:8"));
        else if (key == "keep_days") CHECK((value == "7" && source == "/c.toml:6"));
        else CHECK((key == "color" && value == "never" && source == "/c.toml:7"));
    }
}

TEST_CASE("what is wrong in a file is told with its line, once, and the rest counts") {
    struct Case {
        const char* text;
        const char* warning; ///< a part of it
    };
    const Case cases[] = {
        {"color = 'never'\nprefx = 'C-b'\n",
         "/c.toml:2: there is no setting \"prefx\"; did you mean prefix?"},
        {"color = 'never'\nlog_max = true\n", "/c.toml:2: log_max must be a size"},
        {"color = 'never'\nlog_max = '12 apples'\n", "/c.toml:2: log_max must be a size"},
        {"color = 'never'\nlog_max = 1\n", "/c.toml:2: log_max must be a size of 64K"},
        {"color = 'never'\nkeep_days = -1\n", "/c.toml:2: keep_days must be"},
        {"color = 'never'\nprefix = 'b'\n", "/c.toml:2: prefix must be"},
        {"color = 'never'\nstop_grace = 1.5\n", "/c.toml:2: stop_grace must be"},
        {"color = 'never'\n[keys]\nlog_max = 1\n", "/c.toml:2: there is no setting \"keys\""},
    };
    for (const Case& each : cases) {
        CAPTURE(each.text);
        const auto parsed = cli::parse_config(each.text, "/c.toml");
        REQUIRE(parsed.warnings.size() == 1);
        CHECK(parsed.warnings[0].starts_with(each.warning));
        REQUIRE(parsed.settings.size() == 1);
        CHECK(parsed.settings[0].value == "never");
    }
}

TEST_CASE("a file that is no TOML is left out as a whole") {
    const auto parsed = cli::parse_config("color = 'never'\nlog_max = \n", "/c.toml");
    CHECK(parsed.settings.empty());
    REQUIRE(parsed.warnings.size() == 1);
    CHECK(parsed.warnings[0].starts_with("/c.toml:2: "));
}

TEST_CASE("every default is a good value of its key") {
    for (const cli::KnownKey& key : cli::known_keys()) {
        CAPTURE(key.name);
        CHECK(key.is_good(key.otherwise));
    }
}
