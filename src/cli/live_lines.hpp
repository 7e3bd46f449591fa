// Lines at the end of the output that may still change, on a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace outlast::cli {

/// Knows what it has drawn, draws it anew in place when it changed, and writes only what was added
/// when nothing else did, so that lines that come one after the other look as in any other program.
class LiveLines {
public:
    /// The bytes that show `settled`, which stays as it is from now on, and then `open`: lines that
    /// each fit into a row; the cursor is left at the end of the last.
    [[nodiscard]] std::string show(std::string_view settled, const std::vector<std::string>& open);

private:
    std::string m_drawn; ///< what of the last call may still change
    std::size_t m_rows = 0;
};

} // namespace outlast::cli
