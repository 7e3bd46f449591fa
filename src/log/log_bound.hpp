// Keeps a log within its bound by punching out the middle; head and tail stay, offsets never
// change.
#pragma once

#include "log/live_block.hpp"

#include <cstdint>

namespace outlast::log {

/// Rules, for a log of at most `limit` bytes on disk: the first `head_size()` bytes stay for ever,
/// the newest part stays, and what lies between is freed in steps (FALLOC_FL_PUNCH_HOLE,
/// fallocate(2)). Where the file system cannot punch, the log grows on and `can_punch()` is false.
class LogBound {
public:
    LogBound(int log_fd, LiveBlock& live, std::uint64_t limit);

    /// To be called now and then with the log's end. Punches when the limit is passed, and when the
    /// file system has less than 5 % left (then the log may hold half of what it
    /// holds, and `reserve_limit` at most).
    void enforce(std::uint64_t log_end);
    /// The disk is full: frees as much history as there is. False when there was none to free.
    [[nodiscard]] bool free_history(std::uint64_t log_end);

    /// The log end from which on `enforce` has something to look at.
    [[nodiscard]] std::uint64_t next_check() const noexcept { return m_next_check; }
    [[nodiscard]] bool can_punch() const noexcept { return m_can_punch; }

    static constexpr std::uint64_t reserve_limit = std::uint64_t{16} << 20;

private:
    [[nodiscard]] std::uint64_t head_size(std::uint64_t limit) const noexcept;
    struct Room {
        std::uint64_t bytes = UINT64_MAX; ///< until the file system has less than 5 % left
        bool low = false;                 ///< it has
    };
    [[nodiscard]] Room room() const;
    [[nodiscard]] std::uint64_t limit_when_low() const;
    bool punch(std::uint64_t from, std::uint64_t to);
    bool keep_within(std::uint64_t limit, std::uint64_t log_end);

    int m_log;
    LiveBlock* m_live;
    std::uint64_t m_limit;
    std::uint64_t m_next_check = 0;
    bool m_can_punch = true;
};

} // namespace outlast::log
