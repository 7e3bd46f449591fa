// Which terminal modes the job's output has switched on.
#include "attach/mode_tracker.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace outlast::attach {
namespace {

constexpr std::array<int, 15> watched{1,    9,    25,   47,   1000, 1002, 1003, 1004,
                                      1005, 1006, 1007, 1015, 1047, 1049, 2004};
constexpr int show_cursor = 25; ///< the only one that is on in a fresh terminal
constexpr std::size_t longest_sequence = 64;

bool usual(int mode) noexcept { return mode == show_cursor; }

} // namespace

void ModeTracker::set(int mode, bool on) {
    if (std::find(watched.begin(), watched.end(), mode) == watched.end()) return;
    if (on == usual(mode)) m_modes.erase(mode);
    else m_modes[mode] = on;
}

void ModeTracker::feed(std::string_view bytes) {
    std::string joined;
    if (!m_partial.empty()) {
        joined = m_partial + std::string(bytes);
        m_partial.clear();
        bytes = joined;
    }
    for (std::size_t at = bytes.find('\033'); at != std::string_view::npos;
         at = bytes.find('\033', at + 1)) {
        const std::string_view rest = bytes.substr(at);
        const bool open = rest.size() < 2 || (rest.size() < 3 && rest[1] == '[');
        if (open) {
            m_partial = rest;
            return;
        }
        if (rest[1] == '=' || rest[1] == '>') m_keypad = rest[1] == '=';
        if (rest[1] == 'c') {
            m_modes.clear();
            m_keypad = false;
        }
        if (rest[1] != '[' || rest[2] != '?') continue;
        const std::size_t end = rest.find_first_not_of("0123456789;", 3);
        if (end == std::string_view::npos) {
            if (rest.size() < longest_sequence) m_partial = rest;
            return;
        }
        if (rest[end] != 'h' && rest[end] != 'l') continue;
        for (const std::string_view number : split(rest.substr(3, end - 3), ';')) {
            if (const auto mode = parse_u64(number)) set(static_cast<int>(*mode), rest[end] == 'h');
        }
    }
}

bool ModeTracker::on_alternate_screen() const {
    return m_modes.contains(47) || m_modes.contains(1047) || m_modes.contains(1049);
}

std::string ModeTracker::leave() const {
    std::string bytes;
    for (const auto& [mode, on] : m_modes)
        bytes += "\033[?" + std::to_string(mode) + (usual(mode) ? "h" : "l");
    if (m_keypad) bytes += "\033>";
    return bytes + "\033[0m";
}

std::string ModeTracker::enter() const {
    std::string bytes;
    for (const auto& [mode, on] : m_modes)
        bytes += "\033[?" + std::to_string(mode) + (on ? "h" : "l");
    if (m_keypad) bytes += "\033=";
    return bytes;
}

} // namespace outlast::attach
