// Which signals typed bytes raise, for a terminal in whose place the keeper has to raise them.
#pragma once

#include <string_view>
#include <termios.h>
#include <vector>

namespace outlast::keeper {

/// The kernel raises ^C, ^Z and ^\ in the foreground group of the session that has the terminal as
/// its controlling one (termios(3), ISIG). The terminal of an adopted job has no session at first.
/// All else about these keys, their echo and the flush of what was typed before (NOFLSH), the
/// kernel does all the same.
class SignalKeys {
public:
    /// SIGINT, SIGQUIT and SIGTSTP, in the order of the keys. A key behind VLNEXT (^V) is none,
    /// also when the two come in different calls.
    [[nodiscard]] std::vector<int> raised_by(std::string_view typed, const termios& attributes);

private:
    bool m_is_quoted = false; ///< the last byte was VLNEXT
};

} // namespace outlast::keeper
