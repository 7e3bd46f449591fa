// Messages of D-Bus as bytes: what we call with, and what comes back (D-Bus Specification, "Message
// Protocol"). Only the types that we use; numbers in this machine's byte order, as the peer is on
// this machine too.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outlast::bus {

/// Far below the protocol's 128 MiB: nothing that we ask for has a long answer.
constexpr std::size_t max_message = std::size_t{1} << 20;
constexpr std::size_t fixed_header_size = 16;

/// Puts values one behind the other, each at its alignment.
class Writer {
public:
    void align(std::size_t to);
    void put_byte(std::uint8_t value);
    void put_u32(std::uint32_t value);
    void put_u64(std::uint64_t value);
    void put_boolean(bool value) { put_u32(value ? 1 : 0); }
    /// A string or an object path.
    void put_string(std::string_view text);
    void put_signature(std::string_view signature);
    void begin_struct() { align(8); }
    /// Where an array's length goes, and where its first element is.
    struct Array {
        std::size_t length_at;
        std::size_t first;
    };
    /// `alignment` of the elements: 4 for u, s, o and a; 8 for t and structs; 1 for v.
    [[nodiscard]] Array begin_array(std::size_t alignment);
    void end_array(Array array);
    [[nodiscard]] const std::string& bytes() const noexcept { return m_bytes; }

private:
    std::string m_bytes;
};

/// Takes values out in the same way; anything that does not fit is an error (damaged).
class Reader {
public:
    explicit Reader(std::string_view bytes) : m_bytes(bytes) {}
    [[nodiscard]] Result<> align(std::size_t to);
    [[nodiscard]] Result<std::uint8_t> take_byte();
    [[nodiscard]] Result<std::uint32_t> take_u32();
    [[nodiscard]] Result<std::uint64_t> take_u64();
    [[nodiscard]] Result<std::string> take_string();
    [[nodiscard]] Result<std::string> take_signature();
    [[nodiscard]] std::size_t offset() const noexcept { return m_at; }
    [[nodiscard]] bool at_end() const noexcept { return m_at >= m_bytes.size(); }

private:
    template <class T> Result<T> take_number();
    Result<std::string> take_text(std::size_t length);

    std::string_view m_bytes;
    std::size_t m_at = 0;
};

enum class MessageType : std::uint8_t { call = 1, reply = 2, error = 3, signal = 4 };

struct Call {
    std::string_view destination; ///< empty on a connection without a bus between
    std::string_view path;
    std::string_view interface;
    std::string_view member;
    std::string_view signature; ///< of the body; empty: none
    std::string body;
    bool wants_reply = true;
};
[[nodiscard]] std::string encode(const Call& call, std::uint32_t serial);

struct Message {
    MessageType type{};
    std::uint32_t reply_to = 0; ///< serial of the call
    std::string member;
    std::string error_name; ///< "org.freedesktop.DBus.Error.AccessDenied"
    std::string signature;
    std::string body;
};

/// How long the message is that starts with these bytes; nothing when there are too few of them.
/// An error for what is no message or too long.
[[nodiscard]] Result<std::optional<std::size_t>> message_size(std::string_view bytes);
/// One whole message.
[[nodiscard]] Result<Message> decode(std::string_view bytes);

} // namespace outlast::bus
