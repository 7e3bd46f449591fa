// What does not fit into a cell: combining characters, links, colours of underlines.
#pragma once

#include "terminal/cell.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace outlast::terminal {

/// Texts of a base with combining characters, as UTF-8, found by number. Bounded: when it is full,
/// the numbers that no cell uses are given back, at most once in as many additions as it has
/// places, so that no stream can make it sweep all the time; until then new texts are refused.
class ClusterTable {
public:
    static constexpr std::uint32_t capacity = 16384;
    static constexpr std::size_t longest = 64; ///< bytes; further combining characters are dropped

    /// The number of `text`; 0 when there is no place for it.
    [[nodiscard]] std::uint32_t add(std::string_view text);
    [[nodiscard]] std::string_view text(std::uint32_t number) const;

    /// True when `add` would sweep if it could: then mark the numbers in use and call `sweep`.
    [[nodiscard]] bool wants_sweep() const noexcept;
    void mark(std::uint32_t number);
    void sweep();

private:
    std::vector<std::string> m_texts{1};
    std::vector<bool> m_used;
    std::vector<std::uint32_t> m_free;
    std::unordered_map<std::string, std::uint32_t> m_numbers;
    std::uint32_t m_refused = 0;
    bool m_swept = false;
};

/// An underline's colour and a hyperlink (OSC 8).
struct Extra {
    Color underline = default_color;
    std::string link; ///< "id;uri" as OSC 8 has it after its number; empty: none

    friend bool operator==(const Extra&, const Extra&) = default;
};

/// The same for extras. History keeps numbers too, so nothing is given back before the whole model
/// was looked at.
class ExtraTable {
public:
    static constexpr std::uint32_t capacity = 8192;
    static constexpr std::size_t longest_link = 2048;

    [[nodiscard]] std::uint16_t add(const Extra& extra);
    [[nodiscard]] const Extra& get(std::uint16_t number) const;

    [[nodiscard]] bool wants_sweep() const noexcept;
    void mark(std::uint16_t number);
    void sweep();

private:
    std::vector<Extra> m_extras{1};
    std::vector<bool> m_used;
    std::vector<std::uint16_t> m_free;
    std::unordered_map<std::string, std::uint16_t> m_numbers;
    std::uint32_t m_refused = 0;
    bool m_swept = false;
};

} // namespace outlast::terminal
