// outlast hook: a line at login about jobs that ran while their user was away.
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"

#include <array>

namespace outlast::cli {
namespace {

struct Hook {
    std::string_view shell;
    std::string_view file;
    std::string_view snippet;
};

// SHLVL keeps the shells of a terminal multiplexer quiet: they too are login shells.
constexpr std::array<Hook, 3> hooks{{
    {"bash", "~/.bashrc",
     "# outlast: one line at login about jobs that ran while you were away.\n"
     "if [[ $- == *i* && -t 1 && -z ${OUTLAST_JOB-} && ${SHLVL-1} -le 1 ]] && shopt -q "
     "login_shell; then\n"
     "    command outlast news --login 2>/dev/null || :\n"
     "fi\n"},
    {"zsh", "~/.zshrc",
     "# outlast: one line at login about jobs that ran while you were away.\n"
     "if [[ -o interactive && -o login && -t 1 && -z ${OUTLAST_JOB-} && ${SHLVL-1} -le 1 ]]; "
     "then\n"
     "    command outlast news --login 2>/dev/null || :\n"
     "fi\n"},
    {"fish", "~/.config/fish/config.fish",
     "# outlast: one line at login about jobs that ran while you were away.\n"
     "if status is-interactive; and status is-login; and isatty stdout; and not set -q "
     "OUTLAST_JOB; and test \"$SHLVL\" -le 1\n"
     "    command outlast news --login 2>/dev/null; or true\n"
     "end\n"},
}};

Result<int> print_hook(const Arguments& arguments, Output& output) {
    const auto& operands = arguments.operands();
    for (const Hook& hook : hooks) {
        if (operands.size() != 1 || operands[0] != hook.shell) continue;
        if (!output.json) {
            output.print(hook.snippet);
            return 0;
        }
        JsonWriter json;
        json.begin_object().member("schema_version", 1).member("shell", hook.shell);
        json.member("file", hook.file).member("snippet", hook.snippet).end_object();
        output.print_line(json.text());
        return 0;
    }
    const std::string what = operands.size() == 1
                                 ? "no hook for \"" + printable_line(operands[0]) + "\""
                                 : "outlast hook takes the name of a shell";
    return fail(Errc::usage, what, {}, "outlast hook bash, zsh or fish");
}

} // namespace

const Command hook_command_table{
    "hook",
    {},
    "SET UP",
    "Print what tells you at login how your jobs are.",
    "bash|zsh|fish",
    "  echo 'eval \"$(outlast hook bash)\"' >> ~/.bashrc\n"
    "  echo 'eval \"$(outlast hook zsh)\"' >> ~/.zshrc\n"
    "  echo 'outlast hook fish | source' >> ~/.config/fish/config.fish\n",
    {},
    Operands::anywhere,
    false,
    print_hook};

} // namespace outlast::cli
