// How many columns a character takes.
#include "terminal/width.hpp"

#include "terminal/width_tables.hpp"

namespace outlast::terminal {
namespace {

constexpr std::uint32_t code_count = 0x110000;
constexpr std::uint32_t block_size = 256;
constexpr std::uint32_t block_count = code_count / block_size;

/// The widths of the characters of one block, two bits each.
using Block = std::array<std::uint8_t, block_size / 4>;

/// Calls `whole(block)` and `some(first, last)` for the blocks, and for the parts of blocks, that
/// `range` is made of.
template <typename Whole, typename Some>
constexpr void for_blocks(const CodeRange& range, Whole whole, Some some) {
    for (std::uint32_t at = range.first; at <= range.last;) {
        const std::uint32_t last = at | (block_size - 1);
        if (at % block_size == 0 && last <= range.last) whole(at / block_size);
        else some(at, last < range.last ? last : range.last);
        at = last + 1;
    }
}

/// Which blocks hold characters of more than one width.
constexpr std::array<bool, block_count> mixed_blocks() {
    std::array<bool, block_count> mixed{};
    const auto whole = [](std::uint32_t) {};
    const auto some = [&](std::uint32_t first, std::uint32_t) { mixed[first / block_size] = true; };
    mixed[0] = true; // U+0000
    for (const CodeRange& range : zero_ranges) for_blocks(range, whole, some);
    for (const CodeRange& range : wide_ranges) for_blocks(range, whole, some);
    return mixed;
}

constexpr std::size_t mixed_count() {
    std::size_t count = 0;
    for (const bool mixed : mixed_blocks()) count += mixed ? 1 : 0;
    return count;
}

/// In two levels: most blocks are all the same and share one of three.
struct Widths {
    std::array<std::uint8_t, block_count> numbers{};
    std::array<Block, 3 + mixed_count()> blocks{};
};
static_assert(3 + mixed_count() <= 256);

constexpr Widths make_widths() {
    Widths widths;
    for (std::uint8_t width = 0; width < 3; ++width)
        widths.blocks[width].fill(static_cast<std::uint8_t>(width * 0x55));
    widths.numbers.fill(1);
    std::uint8_t next = 3;
    const auto mixed = mixed_blocks();
    for (std::uint32_t block = 0; block < block_count; ++block) {
        if (!mixed[block]) continue;
        widths.blocks[next] = widths.blocks[1];
        widths.numbers[block] = next++;
    }
    std::uint8_t width = 0;
    const auto whole = [&](std::uint32_t block) { widths.numbers[block] = width; };
    const auto some = [&](std::uint32_t first, std::uint32_t last) {
        Block& block = widths.blocks[widths.numbers[first / block_size]];
        for (std::uint32_t code = first; code <= last; ++code) {
            std::uint8_t& four = block[code % block_size / 4];
            const unsigned shift = code % 4 * 2;
            four = static_cast<std::uint8_t>((four & ~(3U << shift)) | unsigned{width} << shift);
        }
    };
    some(0, 0);
    for (const CodeRange& range : zero_ranges) for_blocks(range, whole, some);
    width = 2;
    for (const CodeRange& range : wide_ranges) for_blocks(range, whole, some);
    return widths;
}

constexpr Widths widths = make_widths();

} // namespace

int width_of(std::uint32_t code) noexcept {
    if (code >= code_count) return 1;
    const Block& block = widths.blocks[widths.numbers[code / block_size]];
    return block[code % block_size / 4] >> code % 4 * 2 & 3;
}

} // namespace outlast::terminal
