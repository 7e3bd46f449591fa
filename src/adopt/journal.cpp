// How to take back what has been done to a process.
#include "adopt/journal.hpp"

namespace outlast::adopt {

void Journal::add(std::string what, Undo undo) {
    m_entries.push_back({std::move(what), std::move(undo)});
}

std::string Journal::undo_all() {
    std::string left;
    while (!m_entries.empty()) {
        const Entry entry = std::move(m_entries.back());
        m_entries.pop_back();
        const auto undone = entry.undo();
        if (undone) continue;
        if (!left.empty()) left += "; ";
        left += entry.what + " (" + undone.error().message() + ")";
    }
    return left;
}

} // namespace outlast::adopt
