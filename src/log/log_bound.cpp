// Keeps a log within its bound by punching out the middle.
#include "log/log_bound.hpp"

#include "sys/feature.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

namespace outlast::log {
namespace {
constexpr std::uint64_t block = 4096; // punching works on whole blocks
constexpr std::uint64_t most_head = std::uint64_t{1} << 20;
constexpr std::uint64_t smallest = std::uint64_t{256} << 10; ///< kept even on a full disk

std::uint64_t round_down(std::uint64_t value) noexcept { return value / block * block; }
} // namespace

LogBound::LogBound(int log_fd, LiveBlock& live, std::uint64_t limit)
    : m_log(log_fd), m_live(&live), m_limit(limit) {
    // Tried where no log will ever reach, so that a file system that cannot do it is known before a
    // gap is announced.
    constexpr off_t beyond = off_t{1} << 42;
    m_can_punch =
        !sys::is_switched_off(sys::Feature::punch) &&
        ::fallocate(m_log, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, beyond, block) == 0;
}

std::uint64_t LogBound::head_size(std::uint64_t limit) const noexcept {
    return round_down(std::min(most_head, limit / 4));
}

LogBound::Room LogBound::room() const {
    struct statvfs info {};
    // A file in memory belongs to a file system without a size.
    if (::fstatvfs(m_log, &info) != 0 || info.f_blocks == 0) return {};
    constexpr std::uint64_t share = 20;
    const std::uint64_t kept_free = info.f_blocks / share;
    if (info.f_bavail < kept_free) return {0, true};
    return {(info.f_bavail - kept_free) * info.f_frsize, false};
}

std::uint64_t LogBound::limit_when_low() const {
    struct stat info {};
    if (::fstat(m_log, &info) != 0) return std::min(m_limit, reserve_limit);
    constexpr std::uint64_t sector = 512; // stat(2)
    const std::uint64_t half = static_cast<std::uint64_t>(info.st_blocks) * sector / 2;
    return std::min({m_limit, reserve_limit, std::max(half, smallest)});
}

bool LogBound::punch(std::uint64_t from, std::uint64_t to) {
    if (to <= from || !m_can_punch) return false;
    // Said first: a reader that meets the hole must find it explained. A kill in between leaves
    // bytes that are called missing, never missing bytes that are called there.
    add_gap(*m_live, {from, to});
    const int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    if (::fallocate(m_log, mode, static_cast<off_t>(from), static_cast<off_t>(to - from)) == 0)
        return true;
    m_can_punch = false;
    return false;
}

bool LogBound::keep_within(std::uint64_t limit, std::uint64_t log_end) {
    const std::uint64_t head = head_size(limit);
    std::uint64_t gone_to = head;
    for (const Gap& gap : read_gaps(*m_live)) {
        if (gap.from <= gone_to) gone_to = std::max(gone_to, gap.to);
    }
    const std::uint64_t tail = limit - head;
    if (log_end < tail || log_end - tail <= gone_to) return false;
    // One step further than needed, so that punching is rare. The tail shrinks by an eighth at
    // most.
    const std::uint64_t target = round_down(std::min(log_end, log_end - tail + tail / 8));
    return punch(gone_to, target);
}

void LogBound::enforce(std::uint64_t log_end) {
    const Room now = room();
    const std::uint64_t limit = now.low ? limit_when_low() : m_limit;
    (void)keep_within(limit, log_end);
    const std::uint64_t step =
        std::clamp<std::uint64_t>(std::min(limit / 16, now.low ? limit / 16 : now.bytes / 4),
                                  4 * block, std::uint64_t{16} << 20);
    m_next_check = log_end + step;
}

bool LogBound::free_history(std::uint64_t log_end) {
    for (std::uint64_t limit = m_limit; limit > smallest; limit /= 4) {
        if (limit < log_end && keep_within(limit, log_end)) return true;
    }
    return keep_within(smallest, log_end);
}

} // namespace outlast::log
