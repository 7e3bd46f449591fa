// Which terminal modes the job's output has switched on, so that leaving can switch them off.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace outlast::attach {

/// Follows DECSET and DECRST (CSI ? … h, CSI ? … l) of the modes that would disturb a shell:
/// alternate screen, mouse, focus, bracketed paste, cursor keys, hidden cursor; also the keypad
/// (ESC =, ESC >). Knows nothing else of the stream; sequences may be cut anywhere.
class ModeTracker {
public:
    void feed(std::string_view bytes);
    /// The bytes that bring a terminal from our modes back to a shell's.
    [[nodiscard]] std::string leave() const;
    /// The bytes that bring a fresh terminal into our modes.
    [[nodiscard]] std::string enter() const;
    [[nodiscard]] bool on_alternate_screen() const;

private:
    void set(int mode, bool on);

    std::map<int, bool> m_modes; ///< only those that differ from a fresh terminal's
    bool m_keypad = false;
    std::string m_partial;
};

} // namespace outlast::attach
