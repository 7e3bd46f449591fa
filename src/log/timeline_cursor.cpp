// Tells the time of offsets that come in ascending order.
#include "log/timeline_cursor.hpp"

#include "sys/file.hpp"

#include <cstring>
#include <sys/stat.h>

namespace outlast::log {

const TimelineRecord* TimelineCursor::record_at(std::uint64_t index) {
    const bool held = index >= m_block_start && index < m_block_start + m_block_size;
    if (!held) {
        std::array<char, block_records * timeline_record_size> bytes{};
        const auto have =
            sys::read_at(m_fd.get(), bytes.data(), bytes.size(), index * timeline_record_size);
        m_block_start = index;
        m_block_size = have ? *have / timeline_record_size : 0;
        std::memcpy(m_block.data(), bytes.data(), m_block_size * timeline_record_size);
    }
    return m_block_size == 0 ? nullptr : &m_block[index - m_block_start];
}

void TimelineCursor::seek(std::uint64_t offset) {
    struct stat info {};
    if (::fstat(m_fd.get(), &info) != 0) return;
    std::uint64_t low = 0;
    std::uint64_t high = static_cast<std::uint64_t>(info.st_size) / timeline_record_size;
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        const TimelineRecord* record = record_at(middle);
        if (record != nullptr && record->offset <= offset) low = middle + 1;
        else high = middle;
    }
    m_next = low;
    // A resize tells nothing of output: the point before it does.
    for (std::uint64_t index = low; index > 0 && !m_time; --index) {
        const TimelineRecord* record = record_at(index - 1);
        if (record != nullptr && record->kind != RecordKind::resize) m_time = record->time;
    }
}

std::optional<Nanoseconds> TimelineCursor::time_of(std::uint64_t offset) {
    if (!m_fd) return std::nullopt;
    if (!m_placed) seek(offset);
    m_placed = true;
    while (!m_at_end) {
        const TimelineRecord* record = record_at(m_next);
        m_at_end = record == nullptr;
        if (record == nullptr || record->offset > offset) break;
        if (record->kind != RecordKind::resize) m_time = record->time;
        ++m_next;
    }
    return m_time;
}

} // namespace outlast::log
