// Messages of D-Bus as bytes.
#include "bus/message.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace outlast::bus {
namespace {

constexpr char byte_order = std::endian::native == std::endian::little ? 'l' : 'B';
constexpr std::uint8_t protocol_version = 1;
constexpr std::uint8_t no_reply_expected = 1;

enum class Field : std::uint8_t {
    path = 1,
    interface = 2,
    member = 3,
    error_name = 4,
    reply_serial = 5,
    destination = 6,
    signature = 8,
};

constexpr std::size_t rounded_up(std::size_t size, std::size_t to) {
    return (size + to - 1) / to * to;
}

Failure damaged(const char* what) { return fail(Errc::damaged, what); }

void put_field(Writer& writer, Field field, char type, std::string_view value) {
    if (value.empty()) return;
    writer.begin_struct();
    writer.put_byte(static_cast<std::uint8_t>(field));
    writer.put_signature(std::string_view(&type, 1));
    if (type == 'g') writer.put_signature(value);
    else writer.put_string(value);
}

/// A value of a header field: only these types occur there.
Result<std::string> take_field(Reader& reader, const std::string& type, Message& message,
                               Field field) {
    if (type == "g") return reader.take_signature();
    if (type == "s" || type == "o") return reader.take_string();
    if (type != "u") return damaged("D-Bus: a header field of unknown type");
    const auto number = reader.take_u32();
    if (!number) return fail(number.error());
    if (field == Field::reply_serial) message.reply_to = *number;
    return std::string();
}

Result<> take_fields(Reader& reader, std::size_t end, Message& message) {
    while (reader.offset() < end) {
        if (auto aligned = reader.align(8); !aligned) return aligned;
        const auto code = reader.take_byte();
        const auto type = code ? reader.take_signature() : fail(code.error());
        if (!type) return fail(type.error());
        const Field field{*code};
        auto value = take_field(reader, *type, message, field);
        if (!value) return fail(value.error());
        if (field == Field::member) message.member = std::move(*value);
        if (field == Field::error_name) message.error_name = std::move(*value);
        if (field == Field::signature) message.signature = std::move(*value);
    }
    return {};
}

} // namespace

void Writer::align(std::size_t to) { m_bytes.resize(rounded_up(m_bytes.size(), to), '\0'); }

void Writer::put_byte(std::uint8_t value) { m_bytes += static_cast<char>(value); }

void Writer::put_u32(std::uint32_t value) {
    align(sizeof value);
    const auto raw = std::bit_cast<std::array<char, sizeof value>>(value);
    m_bytes.append(raw.data(), raw.size());
}

void Writer::put_u64(std::uint64_t value) {
    align(sizeof value);
    const auto raw = std::bit_cast<std::array<char, sizeof value>>(value);
    m_bytes.append(raw.data(), raw.size());
}

void Writer::put_string(std::string_view text) {
    put_u32(static_cast<std::uint32_t>(text.size()));
    m_bytes.append(text);
    m_bytes += '\0';
}

void Writer::put_signature(std::string_view signature) {
    put_byte(static_cast<std::uint8_t>(signature.size()));
    m_bytes.append(signature);
    m_bytes += '\0';
}

Writer::Array Writer::begin_array(std::size_t alignment) {
    put_u32(0);
    const std::size_t length_at = m_bytes.size() - sizeof(std::uint32_t);
    align(alignment);
    return {length_at, m_bytes.size()};
}

void Writer::end_array(Array array) {
    const auto length = static_cast<std::uint32_t>(m_bytes.size() - array.first);
    std::memcpy(&m_bytes[array.length_at], &length, sizeof length);
}

template <class T> Result<T> Reader::take_number() {
    if (auto aligned = align(sizeof(T)); !aligned) return fail(aligned.error());
    if (m_bytes.size() - m_at < sizeof(T)) return damaged("D-Bus: a number is cut off");
    T value{};
    std::memcpy(&value, m_bytes.data() + m_at, sizeof(T));
    m_at += sizeof(T);
    return value;
}

Result<std::string> Reader::take_text(std::size_t length) {
    if (m_bytes.size() - m_at <= length || m_bytes[m_at + length] != '\0')
        return damaged("D-Bus: a text is cut off");
    std::string text(m_bytes.substr(m_at, length));
    m_at += length + 1;
    return text;
}

Result<> Reader::align(std::size_t to) {
    const std::size_t next = rounded_up(m_at, to);
    if (next > m_bytes.size()) return damaged("D-Bus: a value is cut off");
    m_at = next;
    return {};
}

Result<std::uint8_t> Reader::take_byte() { return take_number<std::uint8_t>(); }
Result<std::uint32_t> Reader::take_u32() { return take_number<std::uint32_t>(); }
Result<std::uint64_t> Reader::take_u64() { return take_number<std::uint64_t>(); }

Result<std::string> Reader::take_string() {
    const auto length = take_u32();
    if (!length) return fail(length.error());
    return take_text(*length);
}

Result<std::string> Reader::take_signature() {
    const auto length = take_byte();
    if (!length) return fail(length.error());
    return take_text(*length);
}

std::string encode(const Call& call, std::uint32_t serial) {
    Writer writer;
    writer.put_byte(static_cast<std::uint8_t>(byte_order));
    writer.put_byte(static_cast<std::uint8_t>(MessageType::call));
    writer.put_byte(call.wants_reply ? 0 : no_reply_expected);
    writer.put_byte(protocol_version);
    writer.put_u32(static_cast<std::uint32_t>(call.body.size()));
    writer.put_u32(serial);
    const auto fields = writer.begin_array(8);
    put_field(writer, Field::path, 'o', call.path);
    put_field(writer, Field::interface, 's', call.interface);
    put_field(writer, Field::member, 's', call.member);
    put_field(writer, Field::destination, 's', call.destination);
    put_field(writer, Field::signature, 'g', call.signature);
    writer.end_array(fields);
    writer.align(8);
    return writer.bytes() + call.body;
}

Result<std::optional<std::size_t>> message_size(std::string_view bytes) {
    if (bytes.size() < fixed_header_size) return std::optional<std::size_t>();
    if (bytes[0] != byte_order || static_cast<std::uint8_t>(bytes[3]) != protocol_version)
        return damaged("D-Bus: what the peer sent is no message");
    Reader reader(bytes.substr(4, 12));
    const std::size_t body = *reader.take_u32();
    (void)reader.take_u32();
    const std::size_t fields = *reader.take_u32();
    if (body > max_message || fields > max_message)
        return damaged("D-Bus: the peer's message is too long");
    return std::optional(rounded_up(fixed_header_size + fields, 8) + body);
}

Result<Message> decode(std::string_view bytes) {
    const auto size = message_size(bytes);
    if (!size) return fail(size.error());
    if (*size != bytes.size()) return damaged("D-Bus: a message of another length than it says");
    Message message;
    message.type = MessageType{static_cast<std::uint8_t>(bytes[1])};
    Reader reader(bytes);
    for (int i = 0; i < 4; ++i) (void)reader.take_byte();
    const std::size_t body = *reader.take_u32();
    (void)reader.take_u32();
    const std::size_t fields = *reader.take_u32();
    if (auto taken = take_fields(reader, fixed_header_size + fields, message); !taken)
        return fail(taken.error());
    message.body = bytes.substr(bytes.size() - body);
    return message;
}

} // namespace outlast::bus
