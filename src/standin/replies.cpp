// Answers on their way to the program.
#include "standin/replies.hpp"

#include <algorithm>

namespace outlast::standin {

void Replies::add(std::string_view bytes, Nanoseconds now) {
    if (m_waiting.size() + bytes.size() > most) return;
    if (m_waiting.empty()) m_oldest = now;
    m_waiting += bytes;
}

std::optional<wire::Frame> Replies::next(Nanoseconds now) {
    if (m_waiting.empty() || m_offered > 0 || now < m_again) return std::nullopt;
    m_offered = m_waiting.size();
    return wire::reply_frame(m_waiting);
}

void Replies::on_taken() {
    m_waiting.erase(0, m_offered);
    m_offered = 0;
}

void Replies::on_refused(Nanoseconds now) {
    m_offered = 0;
    m_again = now + pause;
    if (now - m_oldest > patience) m_waiting.clear();
}

std::optional<Nanoseconds> Replies::due() const {
    if (m_waiting.empty() || m_offered > 0) return std::nullopt;
    return m_again;
}

} // namespace outlast::standin
