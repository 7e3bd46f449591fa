// A pattern to look for in lines.
#include "attach/line_pattern.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace outlast::attach {
namespace {

/// An escaped letter (\W, \B) is an operator, not a capital.
bool has_capitals(std::string_view expression) noexcept {
    for (std::size_t i = 0; i < expression.size(); ++i) {
        if (expression[i] == '\\') ++i;
        else if (expression[i] >= 'A' && expression[i] <= 'Z') return true;
    }
    return false;
}

constexpr char lower(char sign) noexcept {
    return sign >= 'A' && sign <= 'Z' ? static_cast<char>(sign + ('a' - 'A')) : sign;
}

/// Ten times as fast as regexec(3) with REG_ICASE, for what is looked for most of the time.
bool contains(std::string_view line, std::string_view literal) noexcept {
    if (line.size() < literal.size()) return false;
    const char first = literal.front();
    for (std::size_t at = 0; at + literal.size() <= line.size(); ++at) {
        if (lower(line[at]) != first) continue;
        std::size_t same = 1;
        while (same < literal.size() && lower(line[at + same]) == literal[same]) ++same;
        if (same == literal.size()) return true;
    }
    return false;
}

} // namespace

void LinePattern::Free::operator()(regex_t* compiled) const noexcept {
    ::regfree(compiled);
    delete compiled;
}

Result<LinePattern> LinePattern::compile(const std::string& expression) {
    const int flags = REG_EXTENDED | (has_capitals(expression) ? 0 : REG_ICASE);
    auto compiled = std::make_unique<regex_t>();
    const int failure = ::regcomp(compiled.get(), expression.c_str(), flags);
    if (failure == 0) {
        const bool plain = flags == (REG_EXTENDED | REG_ICASE) &&
                           expression.find_first_of("\\[](){}.*+?^$|") == std::string::npos;
        return LinePattern(std::unique_ptr<regex_t, Free>(compiled.release()),
                           plain ? expression : std::string());
    }
    std::array<char, 200> text{};
    ::regerror(failure, compiled.get(), text.data(), text.size());
    return fail(Errc::usage, "\"" + printable_line(expression) + "\" is no regular expression",
                text.data(),
                "POSIX extended syntax: man 7 regex; a backslash makes a sign ordinary");
}

bool LinePattern::run(std::string_view line) const noexcept {
    if (!m_literal.empty()) return contains(line, m_literal);
    // REG_STARTEND: the line needs no terminating zero and may hold zeros.
    regmatch_t range{0, static_cast<regoff_t>(line.size())};
    return ::regexec(m_compiled.get(), line.data(), 1, &range, REG_STARTEND) == 0;
}

bool LinePattern::matches(std::string_view line) const {
    if (line.data() == nullptr) line = "";
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool as_it_is = std::none_of(line.begin(), line.end(), [](char sign) {
        const auto byte = static_cast<unsigned char>(sign);
        return (byte < 0x20 && byte != '\t') || byte == 0x7f;
    });
    return as_it_is ? run(line) : run(printable_text(line));
}

bool is_plain_line(std::string_view line) noexcept {
    return std::all_of(line.begin(), line.end(), [](char sign) {
        const auto byte = static_cast<unsigned char>(sign);
        return (byte >= 0x20 && byte < 0x7f) || byte == '\t';
    });
}

} // namespace outlast::attach
