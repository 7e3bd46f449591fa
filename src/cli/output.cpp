// What we print.
#include "cli/output.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "sys/file.hpp"
#include "sys/pty.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <unistd.h>
#include <utility>

namespace outlast::cli {
namespace {

std::string_view code_name(const Error& error) noexcept {
    if (error.code.category() != outlast_category()) return "system";
    switch (static_cast<Errc>(error.code.value())) {
    case Errc::usage: return "usage";
    case Errc::no_such_job: return "no_such_job";
    case Errc::ambiguous_job: return "ambiguous_job";
    case Errc::refused: return "refused";
    case Errc::already_ended: return "already_ended";
    case Errc::damaged: return "damaged";
    case Errc::incompatible: return "incompatible";
    case Errc::command_not_found: return "command_not_found";
    case Errc::command_not_run: return "command_not_run";
    case Errc::timed_out: return "timed_out";
    }
    return "system";
}

[[noreturn]] void end_as_sigpipe_would() {
    std::signal(SIGPIPE, SIG_DFL);
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigprocmask(SIG_UNBLOCK, &pipe, nullptr);
    std::raise(SIGPIPE);
    std::_Exit(output_closed);
}

const char* style_code(Style style) noexcept {
    switch (style) {
    case Style::plain: return "";
    case Style::dim: return "\033[2m";
    case Style::bold: return "\033[1m";
    case Style::good: return "\033[32m";
    case Style::bad: return "\033[31m";
    case Style::warning: return "\033[33m";
    }
    return "";
}

bool terminal_may_have_colors(int fd) {
    if (::isatty(fd) == 0) return false;
    const char* no_color = std::getenv("NO_COLOR");
    const char* term = std::getenv("TERM");
    if (no_color != nullptr && *no_color != '\0') return false;
    return term != nullptr && std::strcmp(term, "dumb") != 0;
}

} // namespace

void Output::set_color(Color color) { m_color = color; }

void Output::print(std::string_view text) const {
    const auto written = sys::write_all(STDOUT_FILENO, text);
    if (written) return;
    if (written.error().is_errno(EPIPE)) end_as_sigpipe_would();
    Error error{written.error().code, "the output cannot be written", {}, {}};
    if (const std::string path = sys::path_of(STDOUT_FILENO); path.starts_with('/'))
        error.why = "it goes to " + path;
    if (!done_already.empty()) error.why += (error.why.empty() ? "" : "; ") + done_already;
    error.fix = "make room there, or send it somewhere else";
    print_error(error); // as text also with --json: stdout takes nothing
    std::_Exit(unwritable_code);
}

void Output::print_line(std::string_view text) const { print(std::string(text) + "\n"); }

void Output::remark(std::string_view text) const {
    if (quiet) return;
    const bool color = m_color == Color::always ||
                       (m_color == Color::automatic && terminal_may_have_colors(STDERR_FILENO));
    std::string line = "outlast: " + in_locale(text);
    if (color) line = style_code(Style::dim) + line + "\033[0m";
    (void)sys::write_all(STDERR_FILENO, line + "\n");
}

void Output::error(const Error& error) const {
    if (json) {
        JsonWriter writer;
        writer.begin_object().member("ok", false).key("error").begin_object();
        writer.member("code", code_name(error)).member("message", printable_line(error.message()));
        writer.member("why", printable_line(error.why)).member("fix", printable_line(error.fix));
        writer.end_object().end_object();
        print_line(writer.text());
        return;
    }
    print_error(error);
}

void Output::print_error(const Error& error) const {
    const bool color = m_color == Color::always ||
                       (m_color == Color::automatic && terminal_may_have_colors(STDERR_FILENO));
    std::string text = color ? "\033[31merror:\033[0m " : "error: ";
    text += printable_line(error.message()) + "\n";
    if (!error.why.empty()) text += "  why: " + printable_line(error.why) + "\n";
    if (!error.fix.empty()) text += "  fix: " + printable_line(error.fix) + "\n";
    (void)sys::write_all(STDERR_FILENO, in_locale(text));
}

std::string Output::styled(Style style, std::string_view text) const {
    // Asked for each cell of a table: the terminal is looked at once.
    static const bool terminal_has_colors = terminal_may_have_colors(STDOUT_FILENO);
    const bool color =
        m_color == Color::always || (m_color == Color::automatic && terminal_has_colors);
    if (!color || style == Style::plain) return std::string(text);
    return style_code(style) + std::string(text) + "\033[0m";
}

bool Output::utf8() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const char* value = std::getenv(name);
        if (value == nullptr || *value == '\0') continue;
        return ::strcasestr(value, "utf-8") != nullptr || ::strcasestr(value, "utf8") != nullptr;
    }
    return false;
}

std::string Output::in_locale(std::string_view text) {
    std::string shown(text);
    if (utf8()) return shown;
    constexpr std::pair<std::string_view, std::string_view> signs[] = {
        {"…", "..."}, {"·", "-"}, {"—", "--"}};
    for (const auto& [sign, ascii] : signs) {
        for (std::size_t at = shown.find(sign); at != std::string::npos;
             at = shown.find(sign, at + ascii.size()))
            shown.replace(at, sign.size(), ascii);
    }
    return shown;
}

std::size_t Output::columns() {
    constexpr std::size_t usual = 80;
    const auto size = sys::window_size(STDOUT_FILENO);
    return size && size->ws_col > 0 ? size->ws_col : usual;
}

std::size_t Output::rows() {
    constexpr std::size_t usual = 24;
    const auto size = sys::window_size(STDOUT_FILENO);
    return size && size->ws_row > 0 ? size->ws_row : usual;
}

bool Output::stdout_is_terminal() { return ::isatty(STDOUT_FILENO) != 0; }

int exit_code_for(const Error& error) noexcept {
    constexpr int usage = 2;
    constexpr int no_such_job = 3;
    constexpr int refused = 4;
    constexpr int time_over = 124;
    if (error.code.category() != outlast_category()) return refused;
    switch (static_cast<Errc>(error.code.value())) {
    case Errc::usage: return usage;
    case Errc::no_such_job:
    case Errc::ambiguous_job: return no_such_job;
    case Errc::timed_out: return time_over;
    default: return refused;
    }
}

} // namespace outlast::cli
