// The `live` file.
#include "log/live_block.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace outlast::log {
namespace {

constexpr std::array<char, 8> live_magic{'O', 'U', 'T', 'L', 'I', 'V', 'E', '1'};
constexpr int read_attempts = 1000;

void merge_overlaps(std::vector<Gap>& gaps) {
    std::sort(gaps.begin(), gaps.end(), [](const Gap& a, const Gap& b) { return a.from < b.from; });
    std::vector<Gap> merged;
    for (const Gap& gap : gaps) {
        if (!merged.empty() && gap.from <= merged.back().to)
            merged.back().to = std::max(merged.back().to, gap.to);
        else merged.push_back(gap);
    }
    gaps = std::move(merged);
}

void merge_nearest(std::vector<Gap>& gaps) {
    std::size_t nearest = 1;
    for (std::size_t i = 1; i < gaps.size(); ++i) {
        if (gaps[i].from - gaps[i - 1].to < gaps[nearest].from - gaps[nearest - 1].to) nearest = i;
    }
    gaps[nearest - 1].to = gaps[nearest].to;
    gaps.erase(gaps.begin() + static_cast<std::ptrdiff_t>(nearest));
}

std::vector<Gap> copy_gaps(const LiveBlock& block) {
    const std::size_t count = std::min<std::size_t>(block.gap_count.load(), LiveBlock::max_gaps);
    std::vector<Gap> gaps;
    for (std::size_t i = 0; i < count; ++i)
        gaps.push_back({block.gaps[i].from.load(), block.gaps[i].to.load()});
    return gaps;
}

void store_gaps(LiveBlock& block, const std::vector<Gap>& gaps) {
    const std::uint32_t odd = block.gap_generation.load() | 1U;
    block.gap_generation.store(odd);
    for (std::size_t i = 0; i < gaps.size(); ++i) {
        block.gaps[i].from.store(gaps[i].from);
        block.gaps[i].to.store(gaps[i].to);
    }
    block.gap_count.store(static_cast<std::uint32_t>(gaps.size()));
    block.gap_generation.store(odd + 1);
}

} // namespace

Result<LiveMap> LiveMap::map(int fd, Access access) {
    struct stat info {};
    if (::fstat(fd, &info) != 0) return fail_errno("live");
    if (access == Access::write && info.st_size < static_cast<off_t>(live_file_size)) {
        const auto missing =
            static_cast<std::size_t>(static_cast<off_t>(live_file_size) - info.st_size);
        static constexpr std::array<char, live_file_size> zeros{};
        const ssize_t count = ::pwrite(fd, zeros.data(), missing, info.st_size);
        if (count >= 0 && static_cast<std::size_t>(count) != missing) errno = ENOSPC;
        if (count < 0 || static_cast<std::size_t>(count) != missing) return fail_errno("live");
    } else if (info.st_size < static_cast<off_t>(live_file_size)) {
        return fail(Errc::damaged, "live is too short");
    }
    const int protection = access == Access::write ? PROT_READ | PROT_WRITE : PROT_READ;
    void* memory = ::mmap(nullptr, live_file_size, protection, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return fail_errno("map live");
    LiveMap map(static_cast<LiveBlock*>(memory));
    LiveBlock& block = map.block();
    if (access == Access::write && info.st_size == 0) {
        block.magic = live_magic;
        block.version = 1;
        block.size = sizeof(LiveBlock);
    }
    if (block.magic != live_magic) return fail(Errc::damaged, "live is not a live block");
    return map;
}

Result<LiveMap> LiveMap::map_at(int fd, off_t offset) {
    void* memory = ::mmap(nullptr, live_file_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
    if (memory == MAP_FAILED) return fail_errno("map live");
    return LiveMap(static_cast<LiveBlock*>(memory));
}

LiveMap::LiveMap(LiveMap&& other) noexcept : m_block(std::exchange(other.m_block, nullptr)) {}

LiveMap& LiveMap::operator=(LiveMap&& other) noexcept {
    std::swap(m_block, other.m_block);
    return *this;
}

LiveMap::~LiveMap() {
    if (m_block != nullptr) ::munmap(m_block, live_file_size);
}

std::vector<Gap> read_gaps(const LiveBlock& block) {
    std::vector<Gap> gaps;
    for (int attempt = 0; attempt < read_attempts; ++attempt) {
        const std::uint32_t before = block.gap_generation.load();
        gaps = copy_gaps(block);
        if (before % 2 == 0 && block.gap_generation.load() == before) return gaps;
    }
    // A writer was killed in the middle of a change: each entry is sound by itself.
    std::erase_if(gaps, [](const Gap& gap) { return gap.to <= gap.from; });
    merge_overlaps(gaps);
    return gaps;
}

void add_gap(LiveBlock& block, Gap gap) {
    if (gap.to <= gap.from) return;
    std::vector<Gap> gaps = copy_gaps(block);
    std::erase_if(gaps, [](const Gap& each) { return each.to <= each.from; });
    gaps.push_back(gap);
    merge_overlaps(gaps);
    while (gaps.size() > LiveBlock::max_gaps) merge_nearest(gaps);
    store_gaps(block, gaps);
}

void clear_gaps(LiveBlock& block) { store_gaps(block, {}); }

std::optional<Gap> gap_at(const std::vector<Gap>& gaps, std::uint64_t offset) {
    for (const Gap& gap : gaps) {
        if (offset >= gap.from && offset < gap.to) return gap;
    }
    return std::nullopt;
}

} // namespace outlast::log
