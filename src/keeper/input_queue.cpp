// Input on its way to the job's terminal.
#include "keeper/input_queue.hpp"

#include <algorithm>
#include <cerrno>
#include <unistd.h>

namespace outlast::keeper {

std::uint64_t InputQueue::taken(std::uint64_t client) const {
    for (const auto& slot : m_live.inputs) {
        if (slot.client.load() == client) return slot.sequence.load();
    }
    return 0;
}

std::uint64_t InputQueue::expected(std::uint64_t client) const {
    const auto newest = std::find_if(m_pieces.rbegin(), m_pieces.rend(),
                                     [client](const Piece& each) { return each.client == client; });
    return newest != m_pieces.rend() ? newest->sequence + newest->bytes.size() : taken(client);
}

std::string_view InputQueue::add(std::uint64_t client, std::uint64_t sequence,
                                 std::string_view bytes) {
    const std::uint64_t known = expected(client);
    if (sequence < known) {
        const std::uint64_t again = std::min<std::uint64_t>(known - sequence, bytes.size());
        bytes.remove_prefix(again);
        sequence += again;
    }
    if (bytes.empty()) return bytes;
    m_pieces.push_back({client, sequence, std::string(bytes)});
    m_size += bytes.size();
    return bytes;
}

void InputQueue::add_uncounted(std::string_view bytes) {
    m_pieces.push_back({0, 0, std::string(bytes)});
    m_size += bytes.size();
}

void InputQueue::set_taken(std::uint64_t client, std::uint64_t count) {
    for (auto& slot : m_live.inputs) {
        if (slot.client.load() != client) continue;
        slot.sequence.store(count);
        return;
    }
    for (auto& slot : m_live.inputs) {
        if (slot.client.load() != 0) continue;
        slot.sequence.store(count);
        slot.client.store(client);
        return;
    }
    // All slots are taken: the one that was given out longest ago goes.
    auto& slot = m_live.inputs[m_next_slot];
    m_next_slot = (m_next_slot + 1) % m_live.inputs.size();
    slot.client.store(client);
    slot.sequence.store(count);
}

std::vector<std::uint64_t> InputQueue::write_to(int master) {
    std::vector<std::uint64_t> grown;
    while (!m_pieces.empty()) {
        Piece& piece = m_pieces.front();
        const ssize_t count = ::write(master, piece.bytes.data(), piece.bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        const auto written = static_cast<std::size_t>(count);
        piece.sequence += written;
        piece.bytes.erase(0, written);
        m_size -= written;
        if (piece.client != 0) {
            set_taken(piece.client, piece.sequence);
            if (grown.empty() || grown.back() != piece.client) grown.push_back(piece.client);
        }
        if (piece.bytes.empty()) m_pieces.pop_front();
    }
    return grown;
}

} // namespace outlast::keeper
