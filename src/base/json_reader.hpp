// Reads the members of a JSON object (RFC 8259) one after another, without building a tree.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outlast {

/// For files that are read by the thousand. Used as
///
///     JsonReader reader(text);
///     while (reader.next_member()) {
///         if (reader.key() == "pid") pid = reader.integer();
///         else if (reader.key() == "fate" && reader.enter_object())
///             while (reader.next_member()) …
///     }
///     if (!reader.is_valid()) …
///
/// Each value is read by at most one call; what is not read is checked and skipped. A value of
/// another type than asked for gives the default. The whole text is checked: `is_valid` is true
/// only after the last member, when nothing but one well-formed object was there.
class JsonReader {
public:
    /// `text` must outlive the reader.
    explicit JsonReader(std::string_view text);

    /// Goes to the next member of the innermost open object; false at its end (which closes it),
    /// and when the text is damaged.
    bool next_member();
    /// The name of the present member.
    [[nodiscard]] std::string_view key() const noexcept { return m_key; }
    /// When the present value is an object: goes into it, so that `next_member` walks its members.
    bool enter_object();

    /// A string, also one written as {"base64":"…"}.
    [[nodiscard]] std::string text();
    [[nodiscard]] std::int64_t integer(std::int64_t otherwise = 0);
    [[nodiscard]] std::uint64_t unsigned_integer(std::uint64_t otherwise = 0);
    [[nodiscard]] bool boolean(bool otherwise = false);
    /// An array of strings; an entry of another type becomes an empty string.
    [[nodiscard]] std::vector<std::string> text_list();

    [[nodiscard]] bool is_valid() const noexcept { return m_closed && !m_damaged; }

private:
    [[nodiscard]] char peek();
    bool take(char sign);
    void skip_blanks() noexcept;
    bool damage() noexcept;
    bool read_string(std::string* into);
    bool read_escape(std::string* into);
    bool read_code_unit(unsigned& unit);
    bool read_key();
    bool finish_value();
    bool skip_value();
    bool skip_scalar();
    std::string_view take_number();
    std::string read_text();

    std::string_view m_text;
    std::size_t m_at = 0;
    int m_depth = 0;           ///< objects that are open
    bool m_value_open = false; ///< a member's value has not been read yet
    bool m_first = true;       ///< no comma is due before the next member
    bool m_closed = false;
    bool m_damaged = false;
    std::string_view m_key;
    std::string m_unescaped_key;
};

} // namespace outlast
