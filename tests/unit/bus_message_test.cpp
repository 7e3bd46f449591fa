// D-Bus messages: the bytes of the specification, and what is no message.
#include "bus/connection.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <string>

using namespace outlast;
using namespace outlast::bus;

namespace {

constexpr bool little = std::endian::native == std::endian::little;

/// A reply as a service would send it: our own encoder with the type and a reply serial put in.
std::string reply(MessageType type, std::uint32_t to, std::string_view signature,
                  const std::string& body) {
    Writer writer;
    writer.put_byte(little ? 'l' : 'B');
    writer.put_byte(static_cast<std::uint8_t>(type));
    writer.put_byte(0);
    writer.put_byte(1);
    writer.put_u32(static_cast<std::uint32_t>(body.size()));
    writer.put_u32(77);
    const auto fields = writer.begin_array(8);
    writer.begin_struct();
    writer.put_byte(5); // REPLY_SERIAL
    writer.put_signature("u");
    writer.put_u32(to);
    writer.begin_struct();
    writer.put_byte(4); // ERROR_NAME
    writer.put_signature("s");
    writer.put_string("org.example.Error");
    writer.begin_struct();
    writer.put_byte(8); // SIGNATURE
    writer.put_signature("g");
    writer.put_signature(signature);
    writer.end_array(fields);
    writer.align(8);
    return writer.bytes() + body;
}

std::string variant_of(std::string_view type, const std::string& value) {
    Writer writer;
    writer.put_signature(type);
    writer.align(type == "t" ? 8 : 4);
    return writer.bytes() + value;
}

} // namespace

TEST_CASE("a call has the bytes that the specification says" * doctest::skip(!little)) {
    const Call hello{"a.b", "/a", "a.b", "Hi", "u", std::string("\7\0\0\0", 4), true};
    const std::string expected(
        "l\1\0\1\4\0\0\0\1\0\0\0\x47\0\0\0" // header, body of 4, serial 1, fields of 0x47
        "\1\1o\0\2\0\0\0/a\0\0\0\0\0\0"     // path
        "\2\1s\0\3\0\0\0a.b\0\0\0\0\0"      // interface
        "\3\1s\0\2\0\0\0Hi\0\0\0\0\0\0"     // member
        "\6\1s\0\3\0\0\0a.b\0\0\0\0\0"      // destination
        "\10\1g\0\1u\0\0"                   // signature, and padding
        "\7\0\0\0",
        92);
    const std::string bytes = encode(hello, 1);
    CHECK(bytes.size() == expected.size());
    CHECK(bytes == expected);
    CHECK(**message_size(bytes) == bytes.size());
}

TEST_CASE("arrays are padded to their elements, and their length does not count it") {
    Writer writer;
    writer.put_byte(1);
    const auto array = writer.begin_array(8);
    writer.begin_struct();
    writer.put_string("x");
    writer.end_array(array);
    CHECK(writer.bytes().size() == 14); // 1, pad 3, length 4, nothing, "x" as 4 + 2
    Reader reader(writer.bytes());
    CHECK(*reader.take_byte() == 1);
    CHECK(*reader.take_u32() == 6);
    CHECK(*reader.take_string() == "x");
    CHECK(reader.at_end());
}

TEST_CASE("a reply comes back with its parts") {
    Writer body;
    body.put_string("/job/1");
    const auto message = decode(reply(MessageType::reply, 9, "o", body.bytes()));
    REQUIRE(message);
    CHECK(message->type == MessageType::reply);
    CHECK(message->reply_to == 9);
    CHECK(message->signature == "o");
    CHECK(message->error_name == "org.example.Error");
    CHECK(*Reader(message->body).take_string() == "/job/1");
}

TEST_CASE("properties are taken out of their variants, and only as what they are") {
    Writer yes;
    yes.put_boolean(true);
    const auto boolean = decode(reply(MessageType::reply, 1, "v", variant_of("b", yes.bytes())));
    CHECK(*boolean_in(*boolean));
    CHECK(!u64_in(*boolean));
    CHECK(!words_in(*boolean));

    Writer span;
    span.put_u64(10'000'000);
    const auto number = decode(reply(MessageType::reply, 1, "v", variant_of("t", span.bytes())));
    CHECK(*u64_in(*number) == 10'000'000);

    Writer names;
    names.put_signature("as");
    const auto array = names.begin_array(4);
    names.put_string("ann");
    names.put_string("bob");
    names.end_array(array);
    CHECK(*words_in(*decode(reply(MessageType::reply, 1, "v", names.bytes()))) == "ann bob");
}

TEST_CASE("what is cut off or is no message is an error, at every byte") {
    Writer body;
    body.put_string("a sentence");
    const std::string whole = reply(MessageType::error, 3, "s", body.bytes());
    REQUIRE(decode(whole));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK(!decode(whole.substr(0, size)));
        const auto known = message_size(whole.substr(0, size));
        REQUIRE(known);
        CHECK(known->has_value() == (size >= fixed_header_size));
    }
    // Any byte changed: never more than an error.
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const char value : {'\0', '\1', '\x7f', '\xff'}) {
            std::string changed = whole;
            changed[at] = value;
            (void)decode(changed);
        }
    }
    std::string huge = whole;
    huge[little ? 7 : 4] = '\x7f';
    CHECK(!message_size(huge));
    CHECK(!message_size("HTTP/1.1 400 Bad Request"));
    CHECK(!message_size(std::string(64, '\0')));
}
