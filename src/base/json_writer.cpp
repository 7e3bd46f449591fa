// Writes JSON without a library.
#include "base/json_writer.hpp"

#include "base/text.hpp"

#include <array>
#include <cstdio>

namespace outlast {

std::string json_quote(std::string_view value) {
    std::string quoted = "\"";
    for (const char sign : value) {
        const auto byte = static_cast<unsigned char>(sign);
        if (sign == '"' || sign == '\\') {
            quoted += '\\';
            quoted += sign;
        } else if (sign == '\n') {
            quoted += "\\n";
        } else if (byte < 0x20 || byte == 0x7f) {
            std::array<char, 8> code{};
            std::snprintf(code.data(), code.size(), "\\u%04x", static_cast<unsigned>(byte));
            quoted += code.data();
        } else {
            quoted += sign;
        }
    }
    return quoted + '"';
}

void JsonWriter::separate() {
    if (m_needs_comma) m_text += ',';
    m_needs_comma = true;
}

JsonWriter& JsonWriter::begin_object() {
    separate();
    m_text += '{';
    m_needs_comma = false;
    return *this;
}

JsonWriter& JsonWriter::end_object() {
    m_text += '}';
    m_needs_comma = true;
    return *this;
}

JsonWriter& JsonWriter::begin_array() {
    separate();
    m_text += '[';
    m_needs_comma = false;
    return *this;
}

JsonWriter& JsonWriter::end_array() {
    m_text += ']';
    m_needs_comma = true;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    m_text += json_quote(name);
    m_text += ':';
    m_needs_comma = false;
    return *this;
}

JsonWriter& JsonWriter::string(std::string_view value) {
    separate();
    if (is_utf8(value)) m_text += json_quote(value);
    else m_text += R"({"base64":")" + base64_encode(value) + "\"}";
    return *this;
}

JsonWriter& JsonWriter::number(std::int64_t value) {
    separate();
    m_text += std::to_string(value);
    return *this;
}

JsonWriter& JsonWriter::number_unsigned(std::uint64_t value) {
    separate();
    m_text += std::to_string(value);
    return *this;
}

JsonWriter& JsonWriter::seconds(double value) {
    separate();
    std::array<char, 64> digits{};
    std::snprintf(digits.data(), digits.size(), "%.3f", value);
    m_text += digits.data();
    return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
    separate();
    m_text += value ? "true" : "false";
    return *this;
}

JsonWriter& JsonWriter::null() {
    separate();
    m_text += "null";
    return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    if (json.empty()) return *this;
    separate();
    m_text += json;
    return *this;
}

} // namespace outlast
