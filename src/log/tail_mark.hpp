// Notices that a log was emptied and written anew.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace outlast::log {

/// A job that writes its log by itself can empty it: `> /dev/stderr` in a shell opens it with
/// O_TRUNC. When it has grown again by the time somebody looks, its size does not tell; the few
/// bytes before the offset that was reached do, unless the very same ones stand there again.
class TailMark {
public:
    /// Remembers the bytes before `offset`, as they are now.
    void set(int log, std::uint64_t offset);
    /// The same for a reader: `bytes` are what it has read, the last of them just before `offset`.
    void set(std::string_view bytes, std::uint64_t offset) noexcept;
    /// False once the log is shorter than the offset, or other bytes stand before it. Zeros are a
    /// hole that was punched since, which changes nothing.
    [[nodiscard]] bool holds(int log) const;

private:
    std::array<char, 32> m_bytes{};
    std::size_t m_size = 0;
    std::uint64_t m_offset = 0;
};

} // namespace outlast::log
