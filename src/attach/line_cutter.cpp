// Cuts the log's bytes into lines.
#include "attach/line_cutter.hpp"

#include <algorithm>

namespace outlast::attach {

void LineCutter::make_room(const Take& take) {
    take({m_held, m_held_offset, !m_continues, LinePiece::End::cut});
    m_held_offset += m_held.size();
    m_held.clear();
    m_continues = true;
}

void LineCutter::hold(std::uint64_t offset, std::string_view part, const Take& take) {
    if (m_held.empty()) m_held_offset = offset;
    while (!part.empty()) {
        if (m_held.size() == longest) {
            make_room(take);
            if (m_held.empty()) m_held_offset = offset;
        }
        const std::size_t count = std::min(longest - m_held.size(), part.size());
        m_held += part.substr(0, count);
        part.remove_prefix(count);
        offset += count;
    }
}

void LineCutter::feed(std::uint64_t offset, std::string_view bytes, const Take& take) {
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        const std::string_view part = bytes.substr(0, end);
        if (end == std::string_view::npos) return hold(offset, part, take);
        if (m_held.empty() && part.size() <= longest) {
            take({part, offset, !m_continues, LinePiece::End::line_feed});
        } else {
            hold(offset, part, take);
            take({m_held, m_held_offset, !m_continues, LinePiece::End::line_feed});
            m_held.clear();
        }
        m_continues = false;
        offset += end + 1;
        bytes.remove_prefix(end + 1);
    }
}

void LineCutter::flush(const Take& take) {
    if (inside_line()) take(held());
    m_held.clear();
    m_continues = false;
}

LinePiece LineCutter::held() const {
    return {m_held, m_held_offset, !m_continues, LinePiece::End::open};
}

} // namespace outlast::attach
