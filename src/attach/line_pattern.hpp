// A pattern to look for in lines: a POSIX extended regular expression (regex(7)).
#pragma once

#include "base/result.hpp"

#include <memory>
#include <regex.h>
#include <string>
#include <string_view>

namespace outlast::attach {

/// Case counts only when the pattern has a capital letter. A line is matched as it reads: without
/// control sequences, and without what a carriage return overwrote.
class LinePattern {
public:
    /// `usage` when the expression is malformed.
    [[nodiscard]] static Result<LinePattern> compile(const std::string& expression);

    /// `line` without its line feed.
    [[nodiscard]] bool matches(std::string_view line) const;

private:
    struct Free {
        void operator()(regex_t* compiled) const noexcept;
    };
    LinePattern(std::unique_ptr<regex_t, Free> compiled, std::string literal)
        : m_compiled(std::move(compiled)), m_literal(std::move(literal)) {}
    [[nodiscard]] bool run(std::string_view line) const noexcept;

    std::unique_ptr<regex_t, Free> m_compiled;
    std::string m_literal; ///< lower case; not empty: the pattern is only this, and case is all one
};

/// Whether a line holds nothing but printable ASCII and tabs: it needs no stripping.
[[nodiscard]] bool is_plain_line(std::string_view line) noexcept;

} // namespace outlast::attach
