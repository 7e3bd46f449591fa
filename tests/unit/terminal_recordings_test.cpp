// What holds for streams made by hand and by chance, on what real programs write
// (tests/recordings).
#include "terminal_cuts.hpp"

#include <charconv>
#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

using namespace outlast::terminal;
using namespace outlast::test;
namespace fs = std::filesystem;

namespace {

struct Recording {
    std::string name;
    Size size;
    std::string bytes;
};

std::uint16_t number(std::string_view text) {
    std::uint16_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// The files called NAME.COLUMNSxROWS.
std::vector<Recording> recordings() {
    std::set<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(OUTLAST_RECORDINGS)) paths.insert(entry.path());
    std::vector<Recording> found;
    for (const fs::path& path : paths) {
        const std::string size = path.extension().string();
        const std::size_t between = size.find('x');
        if (between == std::string::npos) continue;
        std::ostringstream bytes;
        bytes << std::ifstream(path, std::ios::binary).rdbuf();
        found.push_back({path.stem().string(),
                         {number(std::string_view(size).substr(between + 1)),
                          number(std::string_view(size).substr(1))},
                         bytes.str()});
    }
    return found;
}

/// The usual run looks at some places only, a prime apart, so that they fall everywhere into the
/// sequences that programs repeat.
std::size_t apart() {
#ifdef __SANITIZE_ADDRESS__
    constexpr std::size_t usual = 307; // ten times as slow
#else
    constexpr std::size_t usual = 41;
#endif
    return std::getenv("OUTLAST_TEST_EVERY_BYTE") != nullptr ? 1 : usual;
}

} // namespace

TEST_CASE("recordings of real programs, cut and restored") {
    constexpr std::size_t looks_at_the_end = 16; // one in so many cuts is followed by all the rest
    for (const Recording& recording : recordings()) {
        CAPTURE(recording.name);
        const std::string_view bytes = recording.bytes;
        Model whole(recording.size);
        Model running(recording.size);
        whole.feed(bytes);
        std::size_t number = 0;
        for (std::size_t cut = 0; cut < bytes.size(); cut += apart(), ++number) {
            const std::string where = before(bytes, cut);
            Model scrolled = restored(running, false, where);
            restored(running, true, where);
            if (number % looks_at_the_end == 0) {
                scrolled.feed(bytes.substr(cut));
                CHECK(difference(whole, scrolled, Compare::everything) == "");
            }
            running.feed(bytes.substr(cut, apart()));
        }
        CHECK(difference(whole, running, Compare::everything) == "");
    }
}

TEST_CASE("recordings of real programs, restored at another size") {
    for (const Recording& recording : recordings()) {
        CAPTURE(recording.name);
        const std::string_view bytes = recording.bytes;
        constexpr std::size_t step = 499;
        std::size_t number = 0;
        for (std::size_t cut = 0; cut < bytes.size(); cut += step, ++number) {
            constexpr std::array<Size, 4> sizes{{{10, 40}, {50, 132}, {24, 79}, {25, 80}}};
            Model model(recording.size);
            model.feed(bytes.substr(0, cut));
            model.resize(sizes[number % sizes.size()]);
            Model fresh = restored(model, number % 2 == 1, before(bytes, cut));
            const std::string_view next = bytes.substr(cut, 2000);
            model.feed(next);
            fresh.feed(next);
            CHECK(difference(model, fresh, Compare::screen_only) == "");
        }
    }
}

TEST_CASE("recordings of real programs, in pieces of any size") {
    for (const Recording& recording : recordings()) {
        CAPTURE(recording.name);
        const std::string_view bytes = recording.bytes;
        Model whole(recording.size);
        whole.feed(bytes);
        for (const std::size_t piece : {1U, 2U, 7U, 4096U}) {
            Model pieces(recording.size);
            for (std::size_t at = 0; at < bytes.size(); at += piece)
                pieces.feed(bytes.substr(at, piece));
            CHECK(difference(whole, pieces, Compare::everything) == "");
        }
    }
    CHECK(recordings().size() >= 13);
}
