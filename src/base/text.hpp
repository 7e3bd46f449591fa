// Text that comes from outside: UTF-8 checks, making it harmless, numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outlast {

/// Length of the well-formed UTF-8 sequence at the start of `text` (Unicode, table 3-7),
/// or 0 when the bytes there are not well-formed.
[[nodiscard]] std::size_t utf8_sequence_length(std::string_view text) noexcept;
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// `text` without terminal control sequences (ECMA-48: CSI, OSC, DCS, APC, PM, SOS, escapes),
/// without other C0 and C1 controls (tab becomes a blank), and with each byte that is not
/// UTF-8 shown as U+FFFD. What a carriage return overwrote is dropped, so that a progress
/// bar shows its last state. The result is safe to print on any terminal.
[[nodiscard]] std::string printable_line(std::string_view text);

/// As `printable_line`, but keeps line feeds and tabs and treats each line by itself.
[[nodiscard]] std::string printable_text(std::string_view text);

/// The whole of `text` as a decimal number, nothing else allowed.
[[nodiscard]] std::optional<std::uint64_t> parse_u64(std::string_view text) noexcept;

[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

/// Restricted Damerau-Levenshtein distance, for "did you mean". Inputs are cut at 64 bytes.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// `word` as a POSIX shell would need it typed: unchanged when harmless, else in single quotes.
[[nodiscard]] std::string shell_quote(std::string_view word);

/// RFC 4648 base64 with padding.
[[nodiscard]] std::string base64_encode(std::string_view bytes);
/// The bytes of a base64 text, or nothing when it is malformed.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

/// Columns that `text` (already printable) takes on a terminal, by wcwidth-like ranges.
[[nodiscard]] std::size_t display_width(std::string_view text);
/// `text` cut to at most `columns`, with `…` (or `...`) as the last sign when something was cut.
[[nodiscard]] std::string fit_width(std::string_view text, std::size_t columns, bool utf8);
/// `text`, broken at its blanks for a terminal of `width` columns on which it begins at column
/// `indent`: the lines after the first one have as many blanks in front. A line has 20 columns of
/// its own at least, and a word that is longer is not broken.
[[nodiscard]] std::string wrap_words(std::string_view text, std::size_t indent, std::size_t width);

} // namespace outlast
