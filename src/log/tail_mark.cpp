// Notices that a log was emptied and written anew.
#include "log/tail_mark.hpp"

#include <algorithm>
#include <sys/stat.h>
#include <unistd.h>

namespace outlast::log {

void TailMark::set(int log, std::uint64_t offset) {
    m_offset = offset;
    const std::size_t wanted = std::min<std::uint64_t>(m_bytes.size(), offset);
    const ssize_t count = ::pread(log, m_bytes.data(), wanted, static_cast<off_t>(offset - wanted));
    // Less than that: what is there cannot be compared.
    m_size = count == static_cast<ssize_t>(wanted) ? wanted : 0;
}

void TailMark::set(std::string_view bytes, std::uint64_t offset) noexcept {
    m_offset = offset;
    m_size = std::min(bytes.size(), m_bytes.size());
    const std::string_view tail = bytes.substr(bytes.size() - m_size);
    std::copy(tail.begin(), tail.end(), m_bytes.begin());
}

bool TailMark::holds(int log) const {
    struct stat info {};
    if (::fstat(log, &info) != 0) return true;
    if (static_cast<std::uint64_t>(info.st_size) < m_offset) return false;
    std::array<char, sizeof m_bytes> now{};
    const ssize_t count = ::pread(log, now.data(), m_size, static_cast<off_t>(m_offset - m_size));
    if (count != static_cast<ssize_t>(m_size)) return true;
    if (std::equal(now.begin(), now.begin() + count, m_bytes.begin())) return true;
    return std::all_of(now.begin(), now.begin() + count, [](char byte) { return byte == 0; });
}

} // namespace outlast::log
