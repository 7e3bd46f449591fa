// Finds the detach key in what is typed.
#include "attach/prefix_keys.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace outlast::attach {
namespace {
constexpr Nanoseconds patience = 700 * ns_per_ms;
} // namespace

std::optional<unsigned char> PrefixKeys::parse(std::string_view name) {
    if (name.starts_with("C-")) name.remove_prefix(2);
    else if (name.starts_with("^") && name.size() == 2) name.remove_prefix(1);
    else return std::nullopt;
    if (name.size() != 1) return std::nullopt;
    const int upper = std::toupper(static_cast<unsigned char>(name[0]));
    if (upper < '@' || upper > '_' || upper == '[') return std::nullopt;
    return static_cast<unsigned char>(upper - '@');
}

std::size_t PrefixKeys::match_key(std::string_view bytes, char key, bool control) const {
    const std::string code = std::to_string(static_cast<int>(key));
    const std::string modifier = control ? ";5" : "";
    const char plain =
        control ? static_cast<char>(std::toupper(static_cast<unsigned char>(key)) - '@') : key;
    if (!bytes.empty() && bytes[0] == plain) return 1;
    const std::string csi_u = "\033[" + code + modifier + "u";
    if (bytes.starts_with(csi_u)) return csi_u.size();
    const std::string other_keys = "\033[27;" + std::string(control ? "5" : "1") + ";" + code + "~";
    return bytes.starts_with(other_keys) ? other_keys.size() : 0;
}

std::size_t PrefixKeys::match_prefix(std::string_view bytes) const {
    return match_key(bytes, static_cast<char>(std::tolower(m_prefix + '@')), true);
}

PrefixKeys::Result PrefixKeys::feed(std::string_view bytes, Nanoseconds now) {
    Result result;
    while (!bytes.empty()) {
        if (m_pending.empty()) {
            if (const std::size_t length = match_prefix(bytes); length > 0) {
                m_pending = bytes.substr(0, length);
                m_deadline = now + patience;
                bytes.remove_prefix(length);
                continue;
            }
            result.pass += bytes[0];
            bytes.remove_prefix(1);
            continue;
        }
        const std::string typed = std::exchange(m_pending, {});
        m_deadline.reset();
        if (match_key(bytes, 'd', false) > 0) {
            result.command = KeyCommand::detach;
            return result;
        }
        if (match_key(bytes, 'z', true) > 0) {
            result.command = KeyCommand::suspend;
            return result;
        }
        result.pass += typed;
        // Twice: it is sent once. Anything else passes as it is in the next round.
        bytes.remove_prefix(match_prefix(bytes));
    }
    return result;
}

std::string PrefixKeys::release(std::string_view signal_keys) {
    // With a deadline it is another one, typed since.
    if (m_deadline || m_pending.find_first_of(signal_keys) != std::string::npos) return {};
    return std::exchange(m_pending, {});
}

} // namespace outlast::attach
