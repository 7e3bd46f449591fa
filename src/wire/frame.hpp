// Frames: the unit of the control protocol on the keeper's Unix socket (docs/protocol.md).
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outlast::wire {

/// Numbers are part of the protocol for ever: a number is never used for something else.
enum class FrameType : std::uint16_t {
    hello = 1,            ///< client → keeper, first
    welcome = 2,          ///< keeper → client, the answer to hello
    ok = 3,               ///< keeper → client: the request with this frame type was done
    error = 4,            ///< keeper → client: the request was not done, and why
    attach = 5,           ///< client → keeper: I show this job to somebody
    input = 6,            ///< client → keeper: bytes typed, with a sequence number
    input_ack = 7,        ///< keeper → client: taken up to this sequence number
    resize = 8,           ///< client → keeper: my terminal's size
    signal = 9,           ///< client → keeper
    stop = 10,            ///< client → keeper: end the job
    pause = 11,           ///< client → keeper
    resume = 12,          ///< client → keeper
    subscribe = 13,       ///< client → keeper: tell me phases and the end
    phase = 14,           ///< keeper → client
    ended = 15,           ///< keeper → client: the fate, and where the log ends
    rename = 16,          ///< client → keeper
    upgrade = 17,         ///< client → keeper, with a descriptor of the new program
    get_log = 18,         ///< client → keeper
    log = 19,             ///< keeper → client, with a descriptor of the log
    get_viewers = 20,     ///< client → keeper
    viewers = 21,         ///< keeper → client
    end_of_input = 22,    ///< client → keeper: the terminal's end-of-file character
    get_signal_keys = 23, ///< client → keeper
    signal_keys = 24,     ///< keeper → client: the bytes that raise a signal in the terminal now
    lead = 25,            ///< keeper → viewer: who plays the job's terminal from an offset on
    reply = 26,     ///< client → keeper: an answer to what the program asked of its terminal
    dismiss = 27,   ///< client → keeper: send viewers away
    dismissed = 28, ///< keeper → viewer: somebody has sent you away
    controlling_terminal = 29, ///< client → keeper: a process of the job has its terminal now
    offer = 30,                ///< client → keeper: what my environment leads to
    get_offer = 31,            ///< client → keeper
    newest_offer = 32,         ///< keeper → client: that of the newest viewer
    agent_socket = 33 ///< keeper → client, with a descriptor: where programs wait for an agent
};

constexpr std::size_t frame_header_size = 8;
constexpr std::size_t max_payload = std::size_t{64} * 1024;

struct Frame {
    FrameType type{};
    std::string payload;
};

/// u32 payload length, u16 type, u16 zero; all little-endian; then the payload.
[[nodiscard]] std::string encode(const Frame& frame);

/// Cuts a byte stream into frames. Holds at most one frame and one read.
class FrameReader {
public:
    void add(std::string_view bytes) { m_buffer.append(bytes); }
    /// The next whole frame; nothing when more bytes are needed; `damaged` when a length is too
    /// large.
    [[nodiscard]] Result<std::optional<Frame>> next();

private:
    std::string m_buffer;
};

/// Appends little-endian numbers and length-prefixed strings.
class PayloadWriter {
public:
    PayloadWriter& u8(std::uint8_t value) { return put(value, 1); }
    PayloadWriter& u16(std::uint16_t value) { return put(value, 2); }
    PayloadWriter& u32(std::uint32_t value) { return put(value, 4); }
    PayloadWriter& u64(std::uint64_t value) { return put(value, 8); }
    PayloadWriter& i32(std::int32_t value) { return u32(static_cast<std::uint32_t>(value)); }
    PayloadWriter& i64(std::int64_t value) { return u64(static_cast<std::uint64_t>(value)); }
    /// u16 length and the bytes, cut at 65,535.
    PayloadWriter& text(std::string_view value);
    /// The bytes alone: only as the last field.
    PayloadWriter& rest(std::string_view value) {
        m_bytes += value;
        return *this;
    }
    [[nodiscard]] std::string take() { return std::move(m_bytes); }

private:
    PayloadWriter& put(std::uint64_t value, int size);
    std::string m_bytes;
};

/// Reads what PayloadWriter wrote. Reading past the end gives zeros and makes `good` false. Fields
/// that a newer version appended are left unread.
class PayloadReader {
public:
    explicit PayloadReader(std::string_view bytes) : m_bytes(bytes) {}
    [[nodiscard]] std::uint8_t u8() { return static_cast<std::uint8_t>(get(1)); }
    [[nodiscard]] std::uint16_t u16() { return static_cast<std::uint16_t>(get(2)); }
    [[nodiscard]] std::uint32_t u32() { return static_cast<std::uint32_t>(get(4)); }
    [[nodiscard]] std::uint64_t u64() { return get(8); }
    [[nodiscard]] std::int32_t i32() { return static_cast<std::int32_t>(u32()); }
    [[nodiscard]] std::int64_t i64() { return static_cast<std::int64_t>(u64()); }
    [[nodiscard]] std::string text();
    [[nodiscard]] std::string_view rest();
    [[nodiscard]] bool good() const noexcept { return m_good; }

private:
    std::uint64_t get(std::size_t size);
    std::string_view m_bytes;
    bool m_good = true;
};

} // namespace outlast::wire
