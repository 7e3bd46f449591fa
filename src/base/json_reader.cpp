// Reads the members of a JSON object one after another.
#include "base/json_reader.hpp"

#include "base/text.hpp"

#include <charconv>

namespace outlast {
namespace {

constexpr int deepest = 64;

bool is_digit(char sign) noexcept { return sign >= '0' && sign <= '9'; }

void append_code_point(std::string& text, unsigned code) {
    const auto put = [&text](unsigned byte) { text += static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

std::size_t digits_from(std::string_view text, std::size_t at) noexcept {
    const std::size_t start = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - start;
}

/// Length of the number at the start of `text` (RFC 8259, section 6); 0 when there is none.
std::size_t number_length(std::string_view text) noexcept {
    std::size_t at = text.starts_with('-') ? 1 : 0;
    const std::size_t whole = digits_from(text, at);
    if (whole == 0 || (whole > 1 && text[at] == '0')) return 0;
    at += whole;
    if (at < text.size() && text[at] == '.') {
        const std::size_t fraction = digits_from(text, at + 1);
        if (fraction == 0) return 0;
        at += 1 + fraction;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        const std::size_t exponent = digits_from(text, at);
        if (exponent == 0) return 0;
        at += exponent;
    }
    return at;
}

template <class Number> Number whole_number(std::string_view text, Number otherwise) noexcept {
    Number value{};
    const auto [rest, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failure == std::errc() && rest == text.data() + text.size() ? value : otherwise;
}

} // namespace

JsonReader::JsonReader(std::string_view text) : m_text(text) {
    if (!take('{')) damage();
    m_depth = 1;
}

bool JsonReader::damage() noexcept {
    m_damaged = true;
    m_at = m_text.size();
    return false;
}

void JsonReader::skip_blanks() noexcept {
    while (m_at < m_text.size() && (m_text[m_at] == ' ' || m_text[m_at] == '\n' ||
                                    m_text[m_at] == '\t' || m_text[m_at] == '\r'))
        ++m_at;
}

/// The next sign that is not blank; 0 at the end (a NUL byte is never valid here either).
char JsonReader::peek() {
    skip_blanks();
    return m_at < m_text.size() ? m_text[m_at] : '\0';
}

bool JsonReader::take(char sign) {
    if (peek() != sign || m_at >= m_text.size()) return false;
    ++m_at;
    return true;
}

bool JsonReader::finish_value() {
    if (!m_value_open) return !m_damaged;
    m_value_open = false;
    return skip_value();
}

bool JsonReader::next_member() {
    if (m_damaged || m_depth == 0 || !finish_value()) return false;
    if (take('}')) {
        --m_depth;
        m_first = false;
        if (m_depth > 0) return false;
        skip_blanks();
        m_closed = m_at == m_text.size();
        return false;
    }
    if (!m_first && !take(',')) return damage();
    m_first = false;
    if (!read_key() || !take(':')) return damage();
    m_value_open = true;
    return true;
}

bool JsonReader::read_key() {
    if (peek() != '"') return false;
    // Nearly always there is nothing to unescape: then the key is a view of the text.
    const std::size_t start = m_at + 1;
    if (!read_string(nullptr)) return false;
    m_key = m_text.substr(start, m_at - 1 - start);
    if (m_key.find('\\') == std::string_view::npos) return true;
    m_at = start - 1;
    m_unescaped_key.clear();
    (void)read_string(&m_unescaped_key);
    m_key = m_unescaped_key;
    return true;
}

bool JsonReader::enter_object() {
    if (!m_value_open || peek() != '{' || m_depth >= deepest) return false;
    ++m_at;
    ++m_depth;
    m_first = true;
    m_value_open = false;
    return true;
}

/// The string at `m_at`, its quotes included.
bool JsonReader::read_string(std::string* into) {
    ++m_at;
    for (;;) {
        const std::size_t start = m_at;
        bool ascii = true;
        while (m_at < m_text.size() && m_text[m_at] != '"' && m_text[m_at] != '\\') {
            const auto byte = static_cast<unsigned char>(m_text[m_at]);
            if (byte < 0x20) return damage();
            ascii = ascii && byte < 0x80;
            ++m_at;
        }
        if (m_at >= m_text.size()) return damage();
        const std::string_view run = m_text.substr(start, m_at - start);
        if (!ascii && !is_utf8(run)) return damage();
        if (into != nullptr) into->append(run);
        if (m_text[m_at++] == '"') return true;
        if (!read_escape(into)) return damage();
    }
}

bool JsonReader::read_code_unit(unsigned& unit) {
    if (m_at + 4 > m_text.size()) return false;
    const char* start = m_text.data() + m_at;
    const auto [rest, failure] = std::from_chars(start, start + 4, unit, 16);
    m_at += 4;
    return failure == std::errc() && rest == start + 4;
}

/// What follows a backslash.
bool JsonReader::read_escape(std::string* into) {
    if (m_at >= m_text.size()) return false;
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const char letter = m_text[m_at++];
    if (const std::size_t index = letters.find(letter); index != std::string_view::npos) {
        if (into != nullptr) *into += meanings[index];
        return true;
    }
    unsigned code = 0;
    if (letter != 'u' || !read_code_unit(code)) return false;
    if (code >= 0xDC00 && code < 0xE000) return false;
    if (code >= 0xD800 && code < 0xDC00) {
        unsigned low = 0;
        if (m_text.substr(m_at, 2) != "\\u") return false;
        m_at += 2;
        if (!read_code_unit(low) || low < 0xDC00 || low > 0xDFFF) return false;
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    if (into != nullptr) append_code_point(*into, code);
    return true;
}

std::string_view JsonReader::take_number() {
    skip_blanks();
    const std::string_view number = m_text.substr(m_at, number_length(m_text.substr(m_at)));
    m_at += number.size();
    return number;
}

bool JsonReader::skip_scalar() {
    const char sign = peek();
    if (sign == '"') return read_string(nullptr);
    if (sign == '-' || is_digit(sign)) return !take_number().empty() || damage();
    for (const std::string_view word : {"true", "false", "null"}) {
        if (m_text.substr(m_at, word.size()) != word) continue;
        m_at += word.size();
        return true;
    }
    return damage();
}

bool JsonReader::skip_value() {
    std::string open; // the brackets around us, innermost last
    for (;;) {
        const char sign = peek();
        if (sign == '{' || sign == '[') {
            if (open.size() >= deepest) return damage();
            ++m_at;
            const char end = sign == '{' ? '}' : ']';
            if (!take(end)) {
                open += end;
                if (end == '}' && (!read_key() || !take(':'))) return damage();
                continue;
            }
        } else if (!skip_scalar()) {
            return false;
        }
        while (!open.empty() && take(open.back())) open.pop_back();
        if (open.empty()) return true;
        if (!take(',')) return damage();
        if (open.back() == '}' && (!read_key() || !take(':'))) return damage();
    }
}

/// The value at hand as text; it is read in any case.
std::string JsonReader::read_text() {
    std::string value;
    if (peek() == '"') {
        if (!read_string(&value)) value.clear();
        return value;
    }
    const std::size_t start = m_at;
    if (!skip_value() || m_text[start] != '{') return value;
    JsonReader inner(m_text.substr(start, m_at - start));
    while (inner.next_member()) {
        if (inner.key() == "base64") value = base64_decode(inner.text()).value_or("");
    }
    return value;
}

std::string JsonReader::text() {
    if (!m_value_open) return {};
    m_value_open = false;
    return read_text();
}

std::int64_t JsonReader::integer(std::int64_t otherwise) {
    if (!m_value_open || (peek() != '-' && !is_digit(peek()))) return otherwise;
    m_value_open = false;
    const std::string_view number = take_number();
    if (number.empty()) damage();
    return whole_number(number, otherwise);
}

std::uint64_t JsonReader::unsigned_integer(std::uint64_t otherwise) {
    if (!m_value_open || !is_digit(peek())) return otherwise;
    m_value_open = false;
    const std::string_view number = take_number();
    if (number.empty()) damage();
    return whole_number(number, otherwise);
}

bool JsonReader::boolean(bool otherwise) {
    if (!m_value_open) return otherwise;
    const char sign = peek();
    if (sign == 't') otherwise = true;
    else if (sign == 'f') otherwise = false;
    return finish_value() && otherwise;
}

std::vector<std::string> JsonReader::text_list() {
    std::vector<std::string> list;
    if (!m_value_open || peek() != '[') return list;
    m_value_open = false;
    ++m_at;
    if (take(']')) return list;
    while (!m_damaged) {
        list.push_back(read_text());
        if (take(']')) return list;
        if (!take(',')) damage();
    }
    return {};
}

} // namespace outlast
