// Lines at the end of the output that may still change, on a terminal.
#include "cli/live_lines.hpp"

namespace outlast::cli {

std::string LiveLines::show(std::string_view settled, const std::vector<std::string>& open) {
    std::string drawn;
    for (std::size_t i = 0; i < open.size(); ++i) drawn += (i > 0 ? "\n" : "") + open[i];
    std::string text = std::string(settled) + drawn;
    if (text.starts_with(m_drawn)) {
        text.erase(0, m_drawn.size());
    } else {
        const std::string back =
            m_rows > 1 ? "\033[" + std::to_string(m_rows - 1) + "A\033[J" : "\033[K";
        text.insert(0, "\r" + back);
    }
    m_drawn = std::move(drawn);
    m_rows = open.size();
    return text;
}

} // namespace outlast::cli
