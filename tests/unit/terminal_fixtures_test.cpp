// Other emulators' test data, read in place where it is present and never copied: xterm.js's
// screens (a .in is fed with LF as CR LF to 80x25, a .text is what the screen shows).
#include "fixtures.hpp"
#include "terminal/model.hpp"
#include "terminal/plain_text.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

using namespace outlast::terminal;
namespace fs = std::filesystem;

namespace {

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string with_carriage_returns(const std::string& text) {
    std::string result;
    for (const char byte : text) {
        if (byte == '\n') result += '\r';
        result += byte;
    }
    return result;
}

/// Without blanks at the ends of lines, and without empty lines at the end.
std::string trimmed(const std::string& text) {
    std::istringstream lines(text);
    std::string result;
    std::string empty;
    for (std::string line; std::getline(lines, line);) {
        line.erase(line.find_last_not_of(' ') + 1);
        empty += '\n';
        if (line.empty()) continue;
        result += empty.substr(1) + line + "\n";
        empty.clear();
        empty = "";
    }
    return result;
}

/// Where we mean to differ, each with its reason. It may only shrink.
const std::map<std::string, std::string> deviations{
    {"t0060-DECSC", "xterm 379 saves a wrap that waits: tests/program/emulators_test.py"},
    {"t0061-CSI_s", "the same"},
};

} // namespace

TEST_CASE("the screens of xterm.js") {
    const fs::path folder = outlast::test::fixtures() / "xtermjs";
    if (!fs::exists(folder)) {
        MESSAGE("skipped: no test data at " << folder.string());
        return;
    }
    std::set<fs::path> inputs;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == ".in") inputs.insert(entry.path());
    }
    for (const fs::path& input : inputs) {
        const std::string name = input.stem().string();
        fs::path text = input;
        text.replace_extension(".text");
        if (!fs::exists(text)) continue;
        CAPTURE(name);
        Model model({25, 80});
        model.feed(with_carriage_returns(read(input)));
        const bool same = trimmed(screen_text(model)) == trimmed(read(text));
        if (deviations.contains(name))
            CHECK_MESSAGE(!same, "no longer a deviation: take it off the list");
        else CHECK_MESSAGE(same, "shown:\n" << screen_text(model) << "\nexpected:\n" << read(text));
    }
}
