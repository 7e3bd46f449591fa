// outlast hook: a line at login about jobs that ran while their user was away; prompt marks in
// jobs; the shell's own jobs for the commands that name them.
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
     "fi\n"
     "# In a job: marks around each command's output, for: outlast logs JOB -c last\n"
     "if [[ $- == *i* && -t 1 && -n ${OUTLAST_JOB-} && -z ${__outlast_marks-} ]]; then\n"
     "    __outlast_marks=1\n"
     "    __outlast_prompt() {\n"
     "        local code=$?\n"
     "        printf '\\e]133;D;%s\\a\\e]133;A\\a' \"$code\"\n"
     "        return \"$code\"\n"
     "    }\n"
     "    PROMPT_COMMAND=\"__outlast_prompt${PROMPT_COMMAND:+; $PROMPT_COMMAND}\"\n"
     "    PS0=\"${PS0-}\\e]133;C\\a\"\n"
     "fi\n"
     "# Commands that look at this shell's jobs are told them: outlast check %1\n"
     "if [[ $- == *i* ]]; then\n"
     "    outlast() {\n"
     "        local word\n"
     "        for word; do\n"
     "            case $word in\n"
     "            -*) ;;\n"
     "            check | adopt | disown | rescue)\n"
     "                OUTLAST_SHELL_JOBS=\"bash $$\"$'\\n'\"$(jobs -l)\" command outlast \"$@\"\n"
     "                return\n"
     "                ;;\n"
     "            *) break ;;\n"
     "            esac\n"
     "        done\n"
     "        command outlast \"$@\"\n"
     "    }\n"
     "fi\n"},
    {"zsh", "~/.zshrc",
     "# outlast: one line at login about jobs that ran while you were away.\n"
     "if [[ -o interactive && -o login && -t 1 && -z ${OUTLAST_JOB-} && ${SHLVL-1} -le 1 ]]; "
     "then\n"
     "    command outlast news --login 2>/dev/null || :\n"
     "fi\n"
     "# In a job: marks around each command's output, for: outlast logs JOB -c last\n"
     "if [[ -o interactive && -t 1 && -n ${OUTLAST_JOB-} ]]; then\n"
     "    autoload -Uz add-zsh-hook\n"
     "    __outlast_prompt() { printf '\\e]133;D;%s\\a\\e]133;A\\a' \"$?\" }\n"
     "    __outlast_output() { printf '\\e]133;C\\a' }\n"
     "    add-zsh-hook precmd __outlast_prompt\n"
     "    # What zsh writes behind output without a line end is no output: the end comes before.\n"
     "    PROMPT_EOL_MARK=$'%{\\e]133;D;%?\\a%}'\"${PROMPT_EOL_MARK-%B%S%#%s%b}\"\n"
     "    add-zsh-hook preexec __outlast_output\n"
     "fi\n"
     "# Commands that look at this shell's jobs are told them: outlast check %1\n"
     "if [[ -o interactive ]]; then\n"
     "    outlast() {\n"
     "        local word number table\n"
     "        for word; do\n"
     "            case $word in\n"
     "            (-*) ;;\n"
     "            (check|adopt|disown|rescue)\n"
     "                zmodload zsh/parameter 2>/dev/null\n"
     "                table=\"zsh $$ hup\"\n"
     "                [[ -o hup ]] || table=\"zsh $$ nohup\"\n"
     "                for number in ${(k)jobstates}; do\n"
     "                    table+=$'\\n'\"$number ${jobstates[$number]}\"\n"
     "                done\n"
     "                OUTLAST_SHELL_JOBS=$table command outlast \"$@\"\n"
     "                return\n"
     "                ;;\n"
     "            (*) break ;;\n"
     "            esac\n"
     "        done\n"
     "        command outlast \"$@\"\n"
     "    }\n"
     "fi\n"},
    {"fish", "~/.config/fish/config.fish",
     "# outlast: one line at login about jobs that ran while you were away.\n"
     "if status is-interactive; and status is-login; and isatty stdout; and not set -q "
     "OUTLAST_JOB; and test \"$SHLVL\" -le 1\n"
     "    command outlast news --login 2>/dev/null; or true\n"
     "end\n"
     "# In a job: marks around each command's output, for: outlast logs JOB -c last\n"
     "# (fish writes them by itself from version 4 on)\n"
     "if status is-interactive; and isatty stdout; and set -q OUTLAST_JOB; and string match -qr "
     "'^[0-3]\\.' $version\n"
     "    function __outlast_prompt --on-event fish_prompt; printf '\\e]133;A\\a'; end\n"
     "    function __outlast_output --on-event fish_preexec; printf '\\e]133;C\\a'; end\n"
     "    function __outlast_ended --on-event fish_postexec; printf '\\e]133;D;%s\\a' $status; "
     "end\n"
     "end\n"
     "# Commands that look at this shell's jobs are told them: outlast check %1\n"
     "if status is-interactive\n"
     "    function outlast\n"
     "        for word in $argv\n"
     "            switch $word\n"
     "                case '-*'\n"
     "                case check adopt disown rescue\n"
     "                    set -lx OUTLAST_SHELL_JOBS (string join \\n -- \"fish $fish_pid\" (jobs) "
     "| "
     "string collect)\n"
     "                    command outlast $argv\n"
     "                    return\n"
     "                case '*'\n"
     "                    break\n"
     "            end\n"
     "        end\n"
     "        command outlast $argv\n"
     "    end\n"
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
    "Print what tells you at login how your jobs are, and marks prompts in jobs.",
    "bash|zsh|fish",
    "  echo 'eval \"$(outlast hook bash)\"' >> ~/.bashrc\n"
    "  echo 'eval \"$(outlast hook zsh)\"' >> ~/.zshrc\n"
    "  echo 'outlast hook fish | source' >> ~/.config/fish/config.fish\n",
    {},
    Operands::anywhere,
    false,
    print_hook};

} // namespace outlast::cli
