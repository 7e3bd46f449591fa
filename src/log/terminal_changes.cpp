// Tells where a job's terminal got another size and where runs began.
#include "log/terminal_changes.hpp"

#include "sys/file.hpp"

#include <cstring>

namespace outlast::log {

void TerminalChanges::find_next() {
    while (!m_next && m_fd && !m_at_end) {
        if (m_at == m_held) {
            std::array<char, block_records * timeline_record_size> bytes; // NOLINT: read into
            const auto have = sys::read_at(m_fd.get(), bytes.data(), bytes.size(),
                                           m_records * timeline_record_size);
            m_held = have ? *have / timeline_record_size : 0;
            m_at = 0;
            m_records += m_held;
            m_at_end = m_held == 0;
            std::memcpy(m_block.data(), bytes.data(), m_held * timeline_record_size);
            continue;
        }
        const TimelineRecord& record = m_block[m_at++];
        if (record.kind != RecordKind::output) m_next = record;
    }
}

std::uint64_t TerminalChanges::next_offset() {
    find_next();
    return m_next ? m_next->offset : UINT64_MAX;
}

std::optional<TimelineRecord> TerminalChanges::take_until(std::uint64_t offset) {
    if (next_offset() > offset) return std::nullopt;
    return std::exchange(m_next, std::nullopt);
}

} // namespace outlast::log
