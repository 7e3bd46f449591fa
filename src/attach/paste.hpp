// Text on its way into a terminal as a paste.
#pragma once

#include "base/result.hpp"
#include "job/record.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace outlast::attach {

/// Whether the program has asked to be told where a paste begins and ends (DECSET 2004).
enum class Brackets { no, yes };

/// What a terminal does with a text that its user pastes: line ends become what Enter sends, and
/// what could act as a key or end the paste early is left out: control characters (C0 but tab,
/// DEL, C1 in UTF-8), an ESC where there are no brackets, and the sequence that ends a paste; a
/// blank takes its place where leaving it out would put together another one.
class Paste {
public:
    explicit Paste(Brackets brackets) : m_brackets(brackets) {}

    /// What is to be typed of the next part, the beginning of the paste in front of the first.
    [[nodiscard]] std::string feed(std::string_view text);
    /// What remains, and the end of the paste.
    [[nodiscard]] std::string finish();
    /// Characters that were left out.
    [[nodiscard]] std::uint64_t left_out() const noexcept { return m_left_out; }

private:
    void take(char byte);

    Brackets m_brackets;
    bool m_begun = false;
    bool m_after_return = false;
    std::string m_tail; ///< may be the beginning of a sequence that ends a paste
    std::string m_out;
    std::uint64_t m_left_out = 0;
};

/// What the job's program has asked for, from its output. Errors: the log cannot be read.
[[nodiscard]] Result<Brackets> brackets_of(const job::JobFolder& folder, const job::Record& record);

} // namespace outlast::attach
