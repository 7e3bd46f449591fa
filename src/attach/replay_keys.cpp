// The keys of a replay.
#include "attach/replay_keys.hpp"

#include <optional>

namespace outlast::attach {
namespace {

std::optional<ReplayKey> arrow(char final) noexcept {
    switch (final) {
    case 'A': return ReplayKey::far_forward;
    case 'B': return ReplayKey::far_back;
    case 'C': return ReplayKey::forward;
    case 'D': return ReplayKey::back;
    case 'H': return ReplayKey::start;
    default: return std::nullopt;
    }
}

std::optional<ReplayKey> letter(char byte) noexcept {
    switch (byte) {
    case ' ': return ReplayKey::pause;
    case '+':
    case '=': return ReplayKey::faster;
    case '-': return ReplayKey::slower;
    case '0': return ReplayKey::start;
    case '\x1a': return ReplayKey::suspend;
    case 'q':
    case 'Q':
    case '\x03':
    case '\x1c': return ReplayKey::quit;
    default: return std::nullopt;
    }
}

} // namespace

std::vector<ReplayKey> ReplayKeys::feed(std::string_view bytes) {
    std::vector<ReplayKey> keys;
    constexpr std::size_t longest = 32;
    for (const char byte : bytes) {
        if (byte == '\033') {
            m_pending = byte;
            continue;
        }
        if (m_pending.empty()) {
            if (const auto key = letter(byte)) keys.push_back(*key);
            continue;
        }
        // ESC [ or ESC O, and up to the final byte; of anything else only what comes behind counts.
        const bool introducer = m_pending.size() == 1 && (byte == '[' || byte == 'O');
        const bool parameter = m_pending.size() > 1 && byte >= ' ' && byte <= '?';
        if ((introducer || parameter) && m_pending.size() < longest) {
            m_pending += byte;
            continue;
        }
        if (const auto key = m_pending.size() == 2 ? arrow(byte) : std::nullopt)
            keys.push_back(*key);
        m_pending.clear();
    }
    return keys;
}

} // namespace outlast::attach
