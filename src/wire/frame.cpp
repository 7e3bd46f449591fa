// Frames of the control protocol.
#include "wire/frame.hpp"

namespace outlast::wire {
namespace {

std::uint64_t little_endian(std::string_view bytes, std::size_t size) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
        value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    }
    return value;
}

} // namespace

std::string encode(const Frame& frame) {
    PayloadWriter header;
    header.u32(static_cast<std::uint32_t>(frame.payload.size()))
        .u16(static_cast<std::uint16_t>(frame.type))
        .u16(0);
    return header.take() + frame.payload;
}

Result<std::optional<Frame>> FrameReader::next() {
    if (m_buffer.size() < frame_header_size) return std::optional<Frame>();
    const std::size_t size = little_endian(m_buffer, 4);
    if (size > max_payload)
        return fail(Errc::damaged, "a frame of " + std::to_string(size) + " bytes");
    if (m_buffer.size() < frame_header_size + size) return std::optional<Frame>();
    Frame frame;
    frame.type = static_cast<FrameType>(little_endian(std::string_view(m_buffer).substr(4), 2));
    frame.payload = m_buffer.substr(frame_header_size, size);
    m_buffer.erase(0, frame_header_size + size);
    return std::optional<Frame>(std::move(frame));
}

PayloadWriter& PayloadWriter::put(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) m_bytes += static_cast<char>(value >> (8 * i) & 0xFF);
    return *this;
}

PayloadWriter& PayloadWriter::text(std::string_view value) {
    value = value.substr(0, 0xFFFF);
    u16(static_cast<std::uint16_t>(value.size()));
    m_bytes += value;
    return *this;
}

std::uint64_t PayloadReader::get(std::size_t size) {
    if (m_bytes.size() < size) {
        m_good = false;
        m_bytes = {};
        return 0;
    }
    const std::uint64_t value = little_endian(m_bytes, size);
    m_bytes.remove_prefix(size);
    return value;
}

std::string PayloadReader::text() {
    const std::size_t size = u16();
    if (m_bytes.size() < size) {
        m_good = false;
        m_bytes = {};
        return {};
    }
    std::string value(m_bytes.substr(0, size));
    m_bytes.remove_prefix(size);
    return value;
}

std::string_view PayloadReader::rest() {
    const std::string_view all = m_bytes;
    m_bytes = {};
    return all;
}

} // namespace outlast::wire
