// Which signals typed bytes raise.
#include "keeper/signal_keys.hpp"

#include <array>
#include <csignal>
#include <unistd.h>

namespace outlast::keeper {
namespace {

struct Key {
    int index;
    int signal;
};
constexpr std::array<Key, 3> keys{{{VINTR, SIGINT}, {VQUIT, SIGQUIT}, {VSUSP, SIGTSTP}}};

} // namespace

std::vector<int> SignalKeys::raised_by(std::string_view typed, const termios& attributes) {
    std::vector<int> raised;
    const auto is_key = [&](char byte, int index) {
        const cc_t key = attributes.c_cc[index];
        return key != _POSIX_VDISABLE && byte == static_cast<char>(key);
    };
    const bool quotes = (attributes.c_lflag & IEXTEN) != 0 && (attributes.c_lflag & ICANON) != 0;
    for (const char byte : typed) {
        if (m_is_quoted) {
            m_is_quoted = false;
            continue;
        }
        m_is_quoted = quotes && is_key(byte, VLNEXT);
        if ((attributes.c_lflag & ISIG) == 0) continue;
        for (const Key& key : keys) {
            if (is_key(byte, key.index)) raised.push_back(key.signal);
        }
    }
    return raised;
}

} // namespace outlast::keeper
