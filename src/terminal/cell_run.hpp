// Runs of characters and of cells, sixteen bytes at a time where the processor can (SSE2, which
// every x86-64 has), one by one elsewhere.
#pragma once

#include "terminal/cell.hpp"

#include <bit>
#include <cstddef>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace outlast::terminal {

[[nodiscard]] constexpr bool is_printable(char byte) noexcept {
    return static_cast<unsigned char>(byte - 0x20) < 0x5F;
}

/// How many bytes from the beginning are printable ASCII.
[[nodiscard]] inline std::size_t printable_run(std::string_view bytes) noexcept {
    const char* const begin = bytes.data();
    std::size_t at = 0;
#ifdef __SSE2__
    constexpr std::size_t step = 16;
    for (; at + step <= bytes.size(); at += step) {
        __m128i block;
        std::memcpy(&block, begin + at, step);
        // Signed: what is not ASCII is below zero.
        const __m128i good = _mm_and_si128(_mm_cmpgt_epi8(block, _mm_set1_epi8(0x1F)),
                                           _mm_cmplt_epi8(block, _mm_set1_epi8(0x7F)));
        const auto bad = static_cast<unsigned>(_mm_movemask_epi8(good)) ^ 0xFFFFU;
        if (bad != 0) return at + static_cast<std::size_t>(std::countr_zero(bad));
    }
#endif
    while (at < bytes.size() && is_printable(begin[at])) ++at;
    return at;
}

/// Stores cells of one style; a cell is one store instead of one for each of its members.
class CellWriter {
public:
#ifdef __SSE2__
    // From its parts: they were written one by one just before, which a load of all would wait for.
    explicit CellWriter(const Style& style) noexcept
        : m_empty(_mm_set_epi32(style.attributes | style.extra << 16,
                                static_cast<int>(style.background),
                                static_cast<int>(style.foreground), 0)) {}
    void put(Cell* to, std::uint32_t glyph) const noexcept {
        const __m128i cell = _mm_or_si128(m_empty, _mm_cvtsi32_si128(static_cast<int>(glyph)));
        std::memcpy(static_cast<void*>(to), &cell, sizeof cell);
    }

private:
    __m128i m_empty;
#else
    explicit CellWriter(const Style& style) noexcept : m_style(style) {}
    void put(Cell* to, std::uint32_t glyph) const noexcept { *to = {glyph, m_style}; }

private:
    Style m_style;
#endif
};

} // namespace outlast::terminal
