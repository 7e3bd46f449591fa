// What the last real terminal of a job has said of itself.
#include "attach/terminal_identity.hpp"

#include "base/json_reader.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "sys/file.hpp"
#include "terminal/sequence_cutter.hpp"

#include <cctype>
#include <charconv>
#include <cstdlib>
#include <optional>

namespace outlast::attach {
namespace {

constexpr const char* identity_file = "terminal";
constexpr std::size_t longest_answer = 256;
constexpr std::size_t text_color = 0;
constexpr std::size_t background_color = 1;

/// "]11;rgb:1e1e/1e1e/1e1e" as 0x1E1E1E.
std::optional<std::uint32_t> color_of(std::string_view answer) {
    const std::size_t at = answer.find("rgb:");
    if (at == std::string_view::npos) return std::nullopt;
    answer.remove_prefix(at + 4);
    std::uint32_t color = 0;
    for (int part = 0; part < 3; ++part) {
        std::size_t digits = 0;
        while (digits < answer.size() &&
               std::isxdigit(static_cast<unsigned char>(answer[digits])) != 0)
            ++digits;
        std::uint32_t value = 0;
        if (digits == 0 || digits > 4) return std::nullopt;
        std::from_chars(answer.data(), answer.data() + digits, value, 16);
        const std::uint32_t most = (1U << (4 * digits)) - 1;
        color = color << 8 | (value * 255 + most / 2) / most;
        answer.remove_prefix(std::min(digits + 1, answer.size()));
    }
    return color;
}

/// "xterm(379)" of the answer to XTVERSION: DCS > | xterm(379) ST.
std::string name_of(std::string_view answer) {
    answer.remove_prefix(std::min<std::size_t>(4, answer.size()));
    return printable_line(answer.substr(0, answer.find('\033')));
}

} // namespace

TerminalProbe::Questions TerminalProbe::questions() {
    const char* term = std::getenv("TERM");
    const std::string_view name = term != nullptr ? term : "";
    if (name.empty() || name == "dumb" || name == "linux" || name.starts_with("vt")) return {};
    return {"\033]10;?\033\\\033]11;?\033\\\033[>q\033[>c\033[c", {"]10", "]11", ">|", ">c", "?c"}};
}

bool TerminalProbe::take(std::string_view answer) {
    if (answer.size() > longest_answer) return false;
    const std::string kind = terminal::reply_kind(answer);
    if (kind == "]10") m_identity.colors[text_color] = color_of(answer).value_or(0xD0D0D0);
    if (kind == "]11") m_identity.colors[background_color] = color_of(answer).value_or(0);
    if (kind == ">|") m_identity.name = name_of(answer);
    if (kind == ">c") m_identity.secondary = answer;
    if (kind == "?c") m_identity.primary = answer;
    return kind == "?c";
}

void TerminalProbe::save(const job::JobFolder& folder) const {
    JsonWriter json;
    json.begin_object().member("schema_version", 1).member("primary", m_identity.primary);
    json.member("secondary", m_identity.secondary).member("name", m_identity.name);
    json.member("text", m_identity.colors[text_color]);
    json.member("background", m_identity.colors[background_color]).end_object();
    (void)sys::replace_file_at(folder.fd.get(), identity_file, json.take() + "\n",
                               sys::Durability::page_cache);
}

terminal::Identity read_identity(const job::JobFolder& folder) {
    const auto text = sys::read_file_at(folder.fd.get(), identity_file, 4096);
    if (!text) return {};
    terminal::Identity identity;
    JsonReader reader(*text);
    while (reader.next_member()) {
        if (reader.key() == "primary") identity.primary = reader.text();
        else if (reader.key() == "secondary") identity.secondary = reader.text();
        else if (reader.key() == "name") identity.name = reader.text();
        else if (reader.key() == "text")
            identity.colors[text_color] = static_cast<std::uint32_t>(reader.unsigned_integer());
        else if (reader.key() == "background")
            identity.colors[background_color] =
                static_cast<std::uint32_t>(reader.unsigned_integer());
    }
    // Only what is an answer is given as one.
    const bool good = reader.is_valid() && terminal::reply_kind(identity.primary) == "?c" &&
                      terminal::reply_kind(identity.secondary) == ">c";
    return good ? identity : terminal::Identity();
}

} // namespace outlast::attach
