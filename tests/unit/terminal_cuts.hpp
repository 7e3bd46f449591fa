// Cuts a stream of terminal output in two and checks that a restored terminal makes no difference.
#pragma once

#include "terminal/compare.hpp"
#include "terminal/model.hpp"
#include "terminal/screen.hpp"
#include "terminal/serializer.hpp"

#include <algorithm>
#include <cstddef>
#include <doctest/doctest.h>
#include <string>
#include <string_view>

namespace outlast::test {

/// Control bytes and what is not ASCII as escapes.
inline std::string visible(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        if (value == 27) text += "\\e";
        else if (value < 32 || value >= 127)
            text += std::string("\\x") + digits[value >> 4] + digits[value & 15];
        else text += byte;
    }
    return text;
}

/// The bytes before `cut`, for a message.
inline std::string before(std::string_view stream, std::size_t cut) {
    const std::size_t from = cut > 60 ? cut - 60 : 0;
    return visible(stream.substr(from, cut - from));
}

/// What is restored from `model` into a fresh terminal, by lines that scroll in or, with
/// `in_place`, over what is there; fails when it is not the same.
inline terminal::Model restored(const terminal::Model& model, bool in_place,
                                const std::string& where) {
    terminal::RestoreOptions options;
    options.in_place = in_place;
    options.history_lines = in_place ? 0 : 1000000;
    const std::string bytes = terminal::restore(model, options);
    terminal::Model fresh(model.screen().size);
    fresh.feed(bytes);
    const std::string now = terminal::difference(
        model, fresh, in_place ? terminal::Compare::screen_only : terminal::Compare::everything);
    if (!now.empty()) {
        FAIL("cut after \"" << where << "\"" << (in_place ? ", in place" : "") << ": " << now
                            << "\nrestored by " << visible(bytes));
    }
    return fresh;
}

/// Feeds `stream` up to each place in it, restores, and compares at once and after the rest.
inline void check_every_cut(const std::string& stream, terminal::Size size) {
    using namespace terminal;
    Model whole(size);
    Model running(size);
    whole.feed(stream);
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        if (cut > 0) running.feed(std::string_view(stream).substr(cut - 1, 1));
        Model fresh = restored(running, false, before(stream, cut));
        fresh.feed(std::string_view(stream).substr(cut));
        const std::string later = difference(whole, fresh, Compare::everything);
        if (!later.empty())
            FAIL("cut at " << cut << ", at the end: " << later << "\nstream " << visible(stream));
    }
}

} // namespace outlast::test
