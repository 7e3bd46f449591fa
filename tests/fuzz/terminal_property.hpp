// What has to hold for the model of a terminal whatever is fed to it.
//
// The first four bytes of an input choose two sizes and where the stream is cut, the rest is the
// stream: A is fed, the model is restored into a fresh one (in place or not) and compared; then
// both are resized, restored and compared again, and get B.
#pragma once

#include "terminal/compare.hpp"
#include "terminal/model.hpp"
#include "terminal/plain_text.hpp"
#include "terminal/screen.hpp"
#include "terminal/serializer.hpp"

#include <string>
#include <string_view>

namespace outlast::test {

using namespace terminal;

inline constexpr Limits limits{std::size_t{1} << 16, std::size_t{1} << 12};

inline Model restored_to_fresh(const Model& model, bool in_place) {
    RestoreOptions options;
    options.in_place = in_place;
    options.history_lines = in_place ? 0 : 1000000;
    Model fresh(model.screen().size, limits);
    fresh.feed(restore(model, options));
    return fresh;
}

/// A history that has lost lines to its limit is a little shorter or longer when it is restored.
inline Compare comparable(const Model& model, bool in_place) {
    const History& history = model.screen().history;
    const bool lost = history.ever() > history.size();
    return in_place || lost ? Compare::screen_only : Compare::everything;
}

/// Not narrower than four columns: a smaller row cannot be restored and stay wrapped.
inline Size size_of(char byte) {
    const auto value = static_cast<unsigned char>(byte);
    return {static_cast<std::uint16_t>(2 + (value & 15)),
            static_cast<std::uint16_t>(4 + (value >> 4) * 3)};
}

inline std::string bound_passed(const Model& model) {
    std::size_t bytes = 0;
    const History& history = model.screen().history;
    for (std::size_t i = 0; i < history.size(); ++i) bytes += history.line(i).bytes.size();
    if (history.size() > 1 && bytes > limits.history_bytes) return "too much history";
    if (model.pending().size() > limits.string_bytes + 300) return "too much that is unfinished";
    return {};
}

/// Nothing when all of it holds, else what does not.
inline std::string violation(std::string_view input) {
    if (input.size() < 4) return {};
    const Size first = size_of(input[0]);
    const Size second = size_of(input[1]);
    const bool in_place = (input[2] & 1) != 0;
    const std::string_view stream = input.substr(4);
    const std::size_t cut = stream.size() * static_cast<unsigned char>(input[3]) / 255;
    const auto differs = [](const Model& a, const Model& b, Compare what, const char* when) {
        const std::string found = difference(a, b, what);
        return found.empty() ? std::string() : std::string(when) + ": " + found;
    };

    Model model(first, limits);
    model.feed(stream.substr(0, cut));
    Model pieces(first, limits);
    for (const char byte : stream.substr(0, cut)) pieces.feed({&byte, 1});
    if (auto found = differs(model, pieces, Compare::everything, "in pieces"); !found.empty())
        return found;

    Model fresh = restored_to_fresh(model, in_place);
    if (auto found = differs(model, fresh, comparable(model, in_place), "restored"); !found.empty())
        return found;
    model.resize(second);
    fresh = restored_to_fresh(model, !in_place);
    if (auto found = differs(model, fresh, comparable(model, !in_place), "at another size");
        !found.empty())
        return found;
    model.feed(stream.substr(cut));
    fresh.feed(stream.substr(cut));
    if (auto found = differs(model, fresh, Compare::screen_only, "later"); !found.empty())
        return found;
    (void)leave(model);
    (void)restore_modes(model);
    (void)screen_text(model, TextStyle::ansi);
    for (std::size_t line = 0; line < history_lines(model); ++line) (void)history_text(model, line);
    return bound_passed(model);
}

} // namespace outlast::test
