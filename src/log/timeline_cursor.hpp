// Tells the time of offsets that come in ascending order, from a timeline that may still grow.
#pragma once

#include "log/timeline.hpp"
#include "sys/unique_fd.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace outlast::log {

/// For readers that want the time of each line. Holds one block of records, whatever the
/// timeline's size; the first question costs a binary search, the others next to nothing.
class TimelineCursor {
public:
    /// Without a descriptor every time is unknown.
    explicit TimelineCursor(sys::UniqueFd fd) : m_fd(std::move(fd)) {}

    /// When the byte at `offset` was written, to the resolution of the points; nothing when the
    /// timeline begins later. An offset below an earlier one gets the earlier one's time.
    [[nodiscard]] std::optional<Nanoseconds> time_of(std::uint64_t offset);
    /// The timeline may have grown: its end is looked at again.
    void refresh() noexcept { m_at_end = false; }

private:
    static constexpr std::size_t block_records = 512;

    [[nodiscard]] const TimelineRecord* record_at(std::uint64_t index);
    void seek(std::uint64_t offset);

    sys::UniqueFd m_fd;
    std::array<TimelineRecord, block_records> m_block{};
    std::uint64_t m_block_start = 0;
    std::size_t m_block_size = 0;
    bool m_placed = false;
    bool m_at_end = false;    ///< saves a system call a line
    std::uint64_t m_next = 0; ///< index of the first record not taken yet
    std::optional<Nanoseconds> m_time;
};

} // namespace outlast::log
