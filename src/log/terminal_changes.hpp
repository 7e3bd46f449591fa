// Tells, in the order of the log, where a job's terminal got another size and where runs began.
#pragma once

#include "log/timeline.hpp"
#include "sys/unique_fd.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace outlast::log {

/// Reads a timeline that may still grow, block by block; of its records only resizes and runs.
class TerminalChanges {
public:
    /// Without a descriptor there are none.
    explicit TerminalChanges(sys::UniqueFd fd) : m_fd(std::move(fd)) {}

    /// The next one, if it lies at `offset` of the log or before; it is not told again.
    [[nodiscard]] std::optional<TimelineRecord> take_until(std::uint64_t offset);
    /// Where the next one lies; the largest value when none is known yet.
    [[nodiscard]] std::uint64_t next_offset();
    /// The timeline may have grown: its end is looked at again.
    void refresh() noexcept { m_at_end = false; }

private:
    static constexpr std::size_t block_records = 1024;

    void find_next();

    sys::UniqueFd m_fd;
    std::array<TimelineRecord, block_records> m_block{};
    std::size_t m_held = 0;      ///< records in the block
    std::size_t m_at = 0;        ///< the next one of them
    std::uint64_t m_records = 0; ///< read from the file so far
    bool m_at_end = false;
    std::optional<TimelineRecord> m_next;
};

} // namespace outlast::log
