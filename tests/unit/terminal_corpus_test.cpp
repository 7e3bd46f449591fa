// The inputs that fuzzing has collected (tests/fuzz/corpus), in every build.
#include "../fuzz/terminal_property.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <sstream>

TEST_CASE("the corpus of the fuzzer") {
    std::size_t inputs = 0;
    for (const auto& entry : std::filesystem::directory_iterator(OUTLAST_CORPUS)) {
        std::ostringstream bytes;
        bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
        CAPTURE(entry.path().filename().string());
        CHECK(outlast::test::violation(bytes.str()) == "");
        ++inputs;
    }
    CHECK(inputs > 30);
}
