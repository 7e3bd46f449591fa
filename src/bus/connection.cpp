// A short conversation with a D-Bus service on this machine.
#include "bus/connection.hpp"

#include "base/text.hpp"
#include "sys/clock.hpp"
#include "sys/timed_io.hpp"
#include "sys/unix_socket.hpp"

#include <array>
#include <unistd.h>

namespace outlast::bus {
namespace {

constexpr std::size_t max_waiting_signals = 64;
constexpr std::size_t max_line = 512;

std::string hex(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    for (const char each : text) {
        const auto value = static_cast<unsigned char>(each);
        result += digits[value >> 4];
        result += digits[value & 15];
    }
    return result;
}

constexpr Call hello() {
    return {"org.freedesktop.DBus",
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus",
            "Hello",
            {},
            {},
            true};
}

Failure error_of(const Message& answer) {
    Reader reader(answer.body);
    std::string sentence;
    if (answer.signature.starts_with('s'))
        sentence = printable_line(reader.take_string().value_or(""));
    const std::string name = printable_line(answer.error_name);
    return fail(Errc::refused, sentence.empty() ? name : sentence, name);
}

Result<Reader> open_variant(const Message& answer, std::string_view type) {
    Reader reader(answer.body);
    const auto found =
        answer.signature == "v" ? reader.take_signature() : Result<std::string>(std::string());
    if (!found) return fail(found.error());
    if (*found != type) return fail(Errc::damaged, "D-Bus: a property of another type");
    return reader;
}

} // namespace

Result<Connection> Connection::open(const std::string& path, Kind kind, Nanoseconds patience) {
    auto socket = sys::connect_to(path);
    if (!socket) return fail(socket.error());
    Connection connection(std::move(*socket), kind, sys::boottime_now() + patience);
    if (auto done = connection.authenticate(); !done) return fail(Error(done.error()).within(path));
    return connection;
}

Result<> Connection::authenticate() {
    // The specification lets a client go on before it has heard OK; a refusal comes as another
    // line, and then nothing that follows is looked at.
    std::string opening("\0AUTH EXTERNAL ", 15);
    opening += hex(std::to_string(::geteuid())) + "\r\nBEGIN\r\n";
    if (m_kind == Kind::bus) opening += encode_next(hello());
    if (auto sent = sys::send_until(m_socket.get(), opening, m_deadline); !sent) return sent;
    std::size_t end = std::string::npos;
    while ((end = m_received.find("\r\n")) == std::string::npos) {
        if (m_received.size() > max_line) return fail(Errc::damaged, "D-Bus: no greeting");
        if (auto more = receive_more(); !more) return more;
    }
    const std::string line = m_received.substr(0, end);
    m_received.erase(0, end + 2);
    if (!line.starts_with("OK"))
        return fail(Errc::refused, "D-Bus does not let us in", printable_line(line));
    if (m_kind == Kind::direct) return {};
    const auto name = next_message();
    if (!name) return fail(name.error());
    if (name->type == MessageType::error) return error_of(*name);
    return {};
}

Result<> Connection::receive_more() {
    std::array<char, 4096> buffer{};
    const auto count = sys::receive_until(m_socket.get(), buffer.data(), buffer.size(), m_deadline);
    if (!count) return fail(count.error());
    m_received.append(buffer.data(), *count);
    return {};
}

Result<Message> Connection::next_message() {
    for (;;) {
        const auto size = message_size(m_received);
        if (!size) return fail(size.error());
        if (*size && **size <= m_received.size()) {
            auto message = decode(std::string_view(m_received).substr(0, **size));
            m_received.erase(0, **size);
            return message;
        }
        if (auto more = receive_more(); !more) return fail(more.error());
    }
}

std::string Connection::encode_next(const Call& call) { return encode(call, ++m_serial); }

Result<Message> Connection::call(const Call& call) {
    const std::string bytes = encode_next(call);
    const std::uint32_t serial = m_serial;
    if (auto sent = sys::send_until(m_socket.get(), bytes, m_deadline); !sent)
        return fail(sent.error());
    for (;;) {
        auto message = next_message();
        if (!message) return message;
        if (message->type == MessageType::signal) {
            m_signals.push_back(std::move(*message));
            if (m_signals.size() > max_waiting_signals) m_signals.pop_front();
        } else if (message->reply_to == serial && message->type == MessageType::reply) {
            return message;
        } else if (message->reply_to == serial && message->type == MessageType::error) {
            return error_of(*message);
        }
    }
}

Result<> Connection::post(Call call) {
    call.wants_reply = false;
    return sys::send_until(m_socket.get(), encode_next(call), m_deadline);
}

Result<Message> Connection::await_signal(const std::string& member) {
    for (;;) {
        while (!m_signals.empty()) {
            Message signal = std::move(m_signals.front());
            m_signals.pop_front();
            if (signal.member == member) return signal;
        }
        auto message = next_message();
        if (!message) return message;
        if (message->type == MessageType::signal) m_signals.push_back(std::move(*message));
    }
}

Call get_property(std::string_view destination, std::string_view path, std::string_view interface,
                  std::string_view property) {
    Writer body;
    body.put_string(interface);
    body.put_string(property);
    return {destination, path, "org.freedesktop.DBus.Properties", "Get", "ss", body.bytes(), true};
}

Result<bool> boolean_in(const Message& answer) {
    auto reader = open_variant(answer, "b");
    if (!reader) return fail(reader.error());
    const auto value = reader->take_u32();
    if (!value) return fail(value.error());
    return *value != 0;
}

Result<std::uint64_t> u64_in(const Message& answer) {
    auto reader = open_variant(answer, "t");
    if (!reader) return fail(reader.error());
    return reader->take_u64();
}

Result<std::string> string_in(const Message& answer) {
    auto reader = open_variant(answer, "s");
    if (!reader) return fail(reader.error());
    return reader->take_string();
}

Result<std::string> words_in(const Message& answer) {
    auto reader = open_variant(answer, "as");
    if (!reader) return fail(reader.error());
    const auto size = reader->take_u32();
    if (!size) return fail(size.error());
    const std::size_t end = reader->offset() + *size;
    std::string words;
    while (reader->offset() < end) {
        const auto word = reader->take_string();
        if (!word) return fail(word.error());
        if (!words.empty()) words += ' ';
        words += *word;
    }
    return words;
}

} // namespace outlast::bus
