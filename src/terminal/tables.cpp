// What does not fit into a cell.
#include "terminal/tables.hpp"

namespace outlast::terminal {
namespace {

std::string key_of(const Extra& extra) {
    return std::to_string(extra.underline) + " " + extra.link;
}

} // namespace

std::uint32_t ClusterTable::add(std::string_view text) {
    const auto known = m_numbers.find(std::string(text));
    if (known != m_numbers.end()) return known->second;
    std::uint32_t number = 0;
    if (!m_free.empty()) {
        number = m_free.back();
        m_free.pop_back();
        m_texts[number] = text;
    } else if (m_texts.size() < capacity) {
        number = static_cast<std::uint32_t>(m_texts.size());
        m_texts.emplace_back(text);
    } else {
        ++m_refused;
        return 0;
    }
    m_numbers.emplace(text, number);
    return number;
}

std::string_view ClusterTable::text(std::uint32_t number) const {
    return number < m_texts.size() ? std::string_view(m_texts[number]) : std::string_view();
}

bool ClusterTable::wants_sweep() const noexcept {
    const bool full = m_free.empty() && m_texts.size() >= capacity;
    return full && (!m_swept || m_refused >= capacity);
}

void ClusterTable::mark(std::uint32_t number) {
    m_used.resize(m_texts.size());
    if (number < m_used.size()) m_used[number] = true;
}

void ClusterTable::sweep() {
    m_used.resize(m_texts.size());
    m_swept = true;
    m_refused = 0;
    for (std::uint32_t number = 1; number < m_texts.size(); ++number) {
        if (m_used[number] || m_texts[number].empty()) continue;
        m_numbers.erase(m_texts[number]);
        m_texts[number].clear();
        m_free.push_back(number);
    }
    m_used.clear();
}

std::uint16_t ExtraTable::add(const Extra& extra) {
    if (extra == Extra()) return 0;
    std::string key = key_of(extra);
    const auto known = m_numbers.find(key);
    if (known != m_numbers.end()) return known->second;
    std::uint16_t number = 0;
    if (!m_free.empty()) {
        number = m_free.back();
        m_free.pop_back();
        m_extras[number] = extra;
    } else if (m_extras.size() < capacity) {
        number = static_cast<std::uint16_t>(m_extras.size());
        m_extras.push_back(extra);
    } else {
        ++m_refused;
        return 0;
    }
    m_numbers.emplace(std::move(key), number);
    return number;
}

const Extra& ExtraTable::get(std::uint16_t number) const {
    return m_extras[number < m_extras.size() ? number : 0];
}

bool ExtraTable::wants_sweep() const noexcept {
    const bool full = m_free.empty() && m_extras.size() >= capacity;
    return full && (!m_swept || m_refused >= capacity);
}

void ExtraTable::mark(std::uint16_t number) {
    m_used.resize(m_extras.size());
    if (number < m_used.size()) m_used[number] = true;
}

void ExtraTable::sweep() {
    m_used.resize(m_extras.size());
    m_swept = true;
    m_refused = 0;
    for (std::size_t number = 1; number < m_extras.size(); ++number) {
        if (m_used[number] || m_extras[number] == Extra()) continue;
        m_numbers.erase(key_of(m_extras[number]));
        m_extras[number] = {};
        m_free.push_back(static_cast<std::uint16_t>(number));
    }
    m_used.clear();
}

} // namespace outlast::terminal
