// How many columns characters take.
#include "terminal/width.hpp"

#include "terminal/width_tables.hpp"

#include <doctest/doctest.h>

using namespace outlast::terminal;

TEST_CASE("widths of single characters") {
    struct Case {
        std::uint32_t code;
        int width;
    };
    constexpr Case cases[] = {
        {0, 0},       {'a', 1},     {0xAD, 1},    {0xE9, 1},    {0x301, 0},    {0x416, 1},
        {0x1100, 2},  {0x1160, 0},  {0x200B, 0},  {0x2500, 1},  {0x3000, 2},   {0x3042, 2},
        {0x4DFF, 1},  {0x4E00, 2},  {0x9FFF, 2},  {0xA4D0, 1},  {0xAC00, 2},   {0xD7A3, 2},
        {0xD7B0, 0},  {0xE000, 1},  {0xFE0F, 0},  {0xFF21, 2},  {0xFFFD, 1},   {0x1D49C, 1},
        {0x1F44D, 2}, {0x20000, 2}, {0x3FFFD, 2}, {0xE0001, 0}, {0x10FFFF, 1}, {0x110000, 1},
    };
    for (const auto& [code, width] : cases) {
        CAPTURE(code);
        CHECK(width_of(code) == width);
    }
}

TEST_CASE("what is not assigned is narrow, but where ideographs and emoji will be") {
    for (const std::uint32_t code : {0x378U, 0x1249U, 0x2B74U, 0xA7CBU, 0x11FF0U, 0x40000U})
        CHECK(width_of(code) == 1);
    for (const std::uint32_t code : {0x9FFEU, 0x1FAE8U, 0x2A6E0U, 0x323B0U})
        CHECK(width_of(code) == 2);
}

TEST_CASE("the table holds what the ranges say") {
    std::uint32_t wrong = 0;
    const auto* zero = zero_ranges.begin();
    const auto* wide = wide_ranges.begin();
    for (std::uint32_t code = 1; code < 0x110000; ++code) {
        while (zero != zero_ranges.end() && zero->last < code) ++zero;
        while (wide != wide_ranges.end() && wide->last < code) ++wide;
        int expected = 1;
        if (wide != wide_ranges.end() && wide->first <= code) expected = 2;
        if (zero != zero_ranges.end() && zero->first <= code) expected = 0;
        if (width_of(code) != expected) ++wrong;
    }
    CHECK(wrong == 0);
}
