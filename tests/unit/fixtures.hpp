// Where other emulators' test data are, when they are there: read in place, never copied.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace outlast::test {

/// $OUTLAST_FIXTURES, else the folder beside the project's.
inline std::filesystem::path fixtures() {
    const char* elsewhere = std::getenv("OUTLAST_FIXTURES");
    return elsewhere != nullptr ? elsewhere : OUTLAST_FIXTURES;
}

} // namespace outlast::test
