// Writes JSON (RFC 8259) without a library, for the resident processes and for streams.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace outlast {

/// Appends JSON to a string. The caller keeps begin and end calls balanced; commas come by
/// themselves. Strings that are not UTF-8 are written as {"base64":"…"}, so that no byte of a
/// path or an argument is lost.
class JsonWriter {
public:
    JsonWriter& begin_object();
    JsonWriter& end_object();
    JsonWriter& begin_array();
    JsonWriter& end_array();
    /// A member name; one value call must follow.
    JsonWriter& key(std::string_view name);

    JsonWriter& string(std::string_view value);
    JsonWriter& number(std::int64_t value);
    JsonWriter& number_unsigned(std::uint64_t value);
    /// With three decimals: seconds.
    JsonWriter& seconds(double value);
    JsonWriter& boolean(bool value);
    JsonWriter& null();
    /// `json` is put in as it is: a value, or the inside of an object (`"a":1,"b":2`).
    JsonWriter& raw(std::string_view json);

    JsonWriter& member(std::string_view name, std::string_view value) {
        return key(name).string(value);
    }
    JsonWriter& member(std::string_view name, const char* value) { return key(name).string(value); }
    JsonWriter& member(std::string_view name, std::int64_t value) {
        return key(name).number(value);
    }
    JsonWriter& member(std::string_view name, int value) { return key(name).number(value); }
    JsonWriter& member(std::string_view name, std::uint64_t value) {
        return key(name).number_unsigned(value);
    }
    JsonWriter& member(std::string_view name, unsigned value) {
        return key(name).number_unsigned(value);
    }
    JsonWriter& member(std::string_view name, bool value) { return key(name).boolean(value); }

    [[nodiscard]] const std::string& text() const noexcept { return m_text; }
    [[nodiscard]] std::string take() noexcept { return std::move(m_text); }

private:
    void separate();

    std::string m_text;
    bool m_needs_comma = false;
};

/// `value` as a JSON string in quotes. It must be UTF-8.
[[nodiscard]] std::string json_quote(std::string_view value);

} // namespace outlast
