// Fuzzing of the model of a terminal: whatever comes, what is restored is the same and stays so.
//
// The first four bytes of an input choose two sizes and where the stream is cut, the rest is the
// stream: A is fed, the model is restored into a fresh one (in place or not) and compared; then
// both are resized, restored and compared again, and get B.
#include "terminal/compare.hpp"
#include "terminal/model.hpp"
#include "terminal/plain_text.hpp"
#include "terminal/screen.hpp"
#include "terminal/serializer.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace outlast::terminal;

namespace {

constexpr Limits limits{std::size_t{1} << 16, std::size_t{1} << 12};

/// Ends the process, as a failed assertion does.
void must_be_same(const Model& a, const Model& b, Compare what, const char* when) {
    const std::string found = difference(a, b, what);
    if (found.empty()) return;
    std::fprintf(stderr, "%s: %s\n", when, found.c_str());
    std::abort();
}

Model restored(const Model& model, bool in_place) {
    RestoreOptions options;
    options.in_place = in_place;
    options.history_lines = in_place ? 0 : 1000000;
    Model fresh(model.screen().size, limits);
    fresh.feed(restore(model, options));
    return fresh;
}

/// A history that has lost lines to its limit is a little shorter or longer when it is restored.
Compare comparable(const Model& model, bool in_place) {
    const History& history = model.screen().history;
    const bool lost = history.ever() > history.size();
    return in_place || lost ? Compare::screen_only : Compare::everything;
}

/// Not narrower than four columns: a smaller row cannot be restored and stay wrapped.
Size size_of(unsigned char byte) {
    return {static_cast<std::uint16_t>(2 + (byte & 15)),
            static_cast<std::uint16_t>(4 + (byte >> 4) * 3)};
}

void check_bounds(const Model& model) {
    std::size_t bytes = 0;
    const History& history = model.screen().history;
    for (std::size_t i = 0; i < history.size(); ++i) bytes += history.line(i).bytes.size();
    if (history.size() > 1 && bytes > limits.history_bytes) std::abort();
    if (model.pending().size() > limits.string_bytes + 300) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size < 4) return 0;
    const Size first = size_of(data[0]);
    const Size second = size_of(data[1]);
    const bool in_place = (data[2] & 1) != 0;
    const std::string_view stream(reinterpret_cast<const char*>(data + 4), size - 4);
    const std::size_t cut = stream.size() * data[3] / 255;

    Model model(first, limits);
    model.feed(stream.substr(0, cut));
    Model pieces(first, limits);
    for (const char byte : stream.substr(0, cut)) pieces.feed({&byte, 1});
    must_be_same(model, pieces, Compare::everything, "in pieces");

    Model fresh = restored(model, in_place);
    must_be_same(model, fresh, comparable(model, in_place), "restored");
    model.resize(second);
    fresh = restored(model, !in_place);
    must_be_same(model, fresh, comparable(model, !in_place), "restored at another size");
    model.feed(stream.substr(cut));
    fresh.feed(stream.substr(cut));
    must_be_same(model, fresh, Compare::screen_only, "later");
    check_bounds(model);
    (void)leave(model);
    (void)restore_modes(model);
    (void)screen_text(model, TextStyle::ansi);
    for (std::size_t line = 0; line < history_lines(model); ++line) (void)history_text(model, line);
    return 0;
}
