// What we print: results to stdout, remarks to stderr, errors with why and fix.
#pragma once

#include "base/result.hpp"

#include <csignal>
#include <string>
#include <string_view>

namespace outlast::cli {

/// The exit status of one whose reader went away: what a shell says of SIGPIPE.
constexpr int output_closed = 128 + SIGPIPE;

enum class Style { plain, dim, bold, good, bad, warning };

/// Knows the global options and what the terminal can show.
class Output {
public:
    bool json = false;
    bool quiet = false;
    bool verbose = false;
    bool yes = false;
    bool no_input = false;
    int unwritable_code = 4;  ///< the exit code when stdout cannot be written
    std::string done_already; ///< what stays done then, for the error: "job 12 was started"

    enum class Color { automatic, always, never };
    void set_color(Color color);

    /// To stdout, as it is. A reader that went away (EPIPE) ends the program as SIGPIPE would; what
    /// else keeps it from being written (a full disk) ends it with an error.
    void print(std::string_view text) const;
    void print_line(std::string_view text) const;
    /// One dim line on stderr with "outlast: " in front; nothing with -q.
    void remark(std::string_view text) const;
    /// error/why/fix on stderr, or the JSON form on stdout with --json.
    void error(const Error& error) const;

    /// `text` in a style when stdout is a terminal that may have colours.
    [[nodiscard]] std::string styled(Style style, std::string_view text) const;
    /// Whether signs beyond ASCII can be shown (the locale's character set, from LC_ALL, LC_CTYPE,
    /// LANG).
    [[nodiscard]] static bool utf8();
    /// `text` of ours as it can be shown: without UTF-8 its … · — become ... - --. Remarks and
    /// errors go through it by themselves.
    [[nodiscard]] static std::string in_locale(std::string_view text);
    /// Columns of stdout's terminal, 80 when it is none.
    [[nodiscard]] static std::size_t columns();
    [[nodiscard]] static std::size_t rows();
    [[nodiscard]] static bool stdout_is_terminal();

private:
    void print_error(const Error& error) const;

    Color m_color = Color::automatic;
};

/// The exit code for an error of a command other than `run` (CLI.md).
[[nodiscard]] int exit_code_for(const Error& error) noexcept;

} // namespace outlast::cli
