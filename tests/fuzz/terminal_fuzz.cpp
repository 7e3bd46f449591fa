// Fuzzing of the model of a terminal with libFuzzer.
#include "terminal_property.hpp"

#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size);

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string found = outlast::test::violation({reinterpret_cast<const char*>(data), size});
    if (found.empty()) return 0;
    std::fprintf(stderr, "%s\n", found.c_str());
    std::abort();
}
