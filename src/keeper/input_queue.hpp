// Input on its way to the job's terminal, and what of it was taken, for each client.
#pragma once

#include "log/live_block.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace outlast::keeper {

/// A client counts the bytes it has sent; we count in the `live` block those that reached the
/// terminal. A client that comes back after a broken connection, or finds a new keeper, sends again
/// from our count on, and nothing is typed twice.
class InputQueue {
public:
    explicit InputQueue(log::LiveBlock& live) : m_live(live) {}

    static constexpr std::size_t high_water = std::size_t{64} << 10;

    /// `sequence`: how many bytes the client has sent before these. What is known already is left
    /// out; the rest is returned.
    std::string_view add(std::uint64_t client, std::uint64_t sequence, std::string_view bytes);
    /// Bytes that no client has numbered: they come after what waits already.
    void add_uncounted(std::string_view bytes);
    /// Above this, clients are not read until the terminal has taken some.
    [[nodiscard]] bool is_full() const noexcept { return m_size >= high_water; }
    [[nodiscard]] bool is_empty() const noexcept { return m_size == 0; }

    /// Writes what the terminal takes without blocking. Returns the clients whose count has grown.
    std::vector<std::uint64_t> write_to(int master);
    [[nodiscard]] std::uint64_t taken(std::uint64_t client) const;
    void clear() {
        m_pieces.clear();
        m_size = 0;
    }

private:
    struct Piece {
        std::uint64_t client; ///< 0: nobody's, not counted
        std::uint64_t sequence;
        std::string bytes;
    };

    [[nodiscard]] std::uint64_t expected(std::uint64_t client) const;
    void set_taken(std::uint64_t client, std::uint64_t count);

    log::LiveBlock& m_live;
    std::deque<Piece> m_pieces;
    std::size_t m_size = 0;
    std::size_t m_next_slot = 0;
};

} // namespace outlast::keeper
