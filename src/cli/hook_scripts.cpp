// What a shell's start-up file takes from outlast.
#include "cli/hook_scripts.hpp"

namespace outlast::cli {
namespace {

// SHLVL keeps the shells of a terminal multiplexer quiet: they too are login shells.
constexpr std::string_view bash_hook =
    R"script(# outlast: one line at login about jobs that ran while you were away.
if [[ $- == *i* && -t 1 && -z ${OUTLAST_JOB-} && ${SHLVL-1} -le 1 ]] && shopt -q login_shell; then
    command outlast news --login 2>/dev/null || :
fi
# In a job: marks around each command's output, for: outlast logs JOB -c last
if [[ $- == *i* && -t 1 && -n ${OUTLAST_JOB-} && -z ${__outlast_marks-} ]]; then
    __outlast_marks=1
    __outlast_prompt() {
        local code=$?
        printf '\e]133;D;%s\a\e]133;A\a' "$code"
        return "$code"
    }
    PROMPT_COMMAND="__outlast_prompt${PROMPT_COMMAND:+; $PROMPT_COMMAND}"
    PS0="${PS0-}\e]133;C\a"
fi
# Commands that look at this shell's jobs are told them: outlast check %1
if [[ $- == *i* ]]; then
    outlast() {
        local word names_jobs=
        for word; do
            case $word in
            -*) ;;
            check | adopt | disown | rescue)
                names_jobs=1
                break
                ;;
            *) break ;;
            esac
        done
        # Not in the loop: bash leaves one, past any "return", when a stopped job of it goes on meanwhile.
        if [[ -n $names_jobs ]]; then
            OUTLAST_SHELL_JOBS="bash $$"$'\n'"$(jobs -l)" command outlast "$@"
        else
            command outlast "$@"
        fi
    }
fi
# After Ctrl-Z in an ssh session: how the job goes on without the connection.
if [[ $- == *i* && -t 2 && -n ${SSH_CONNECTION-} && -z ${OUTLAST_JOB-}${TMUX-}${STY-} &&
    -z ${__outlast_stopped-} ]]; then
    __outlast_stopped=none
    __outlast_offer() {
        local code=$? line
        if ((code == 148)); then
            line=$(jobs -l %+ 2>/dev/null)
            if [[ $line =~ ^\[([0-9]+)\][^0-9]*([0-9]+) && ${BASH_REMATCH[2]} != "$__outlast_stopped" ]]; then
                __outlast_stopped=${BASH_REMATCH[2]}
                printf 'outlast: to let it go on without this connection: outlast adopt %%%s\n' "${BASH_REMATCH[1]}" >&2
            fi
        fi
        return "$code"
    }
    PROMPT_COMMAND="__outlast_offer${PROMPT_COMMAND:+; $PROMPT_COMMAND}"
fi
)script";

constexpr std::string_view zsh_hook =
    R"script(# outlast: one line at login about jobs that ran while you were away.
if [[ -o interactive && -o login && -t 1 && -z ${OUTLAST_JOB-} && ${SHLVL-1} -le 1 ]]; then
    command outlast news --login 2>/dev/null || :
fi
# In a job: marks around each command's output, for: outlast logs JOB -c last
if [[ -o interactive && -t 1 && -n ${OUTLAST_JOB-} ]]; then
    autoload -Uz add-zsh-hook
    __outlast_prompt() { printf '\e]133;D;%s\a\e]133;A\a' "$?" }
    __outlast_output() { printf '\e]133;C\a' }
    add-zsh-hook precmd __outlast_prompt
    # What zsh writes behind output without a line end is no output: the end comes before.
    PROMPT_EOL_MARK=$'%{\e]133;D;%?\a%}'"${PROMPT_EOL_MARK-%B%S%#%s%b}"
    add-zsh-hook preexec __outlast_output
fi
# Commands that look at this shell's jobs are told them: outlast check %1
if [[ -o interactive ]]; then
    outlast() {
        local word number table
        for word; do
            case $word in
            (-*) ;;
            (check|adopt|disown|rescue)
                zmodload zsh/parameter 2>/dev/null
                table="zsh $$ hup"
                [[ -o hup ]] || table="zsh $$ nohup"
                for number in ${(k)jobstates}; do
                    table+=$'\n'"$number ${jobstates[$number]}"
                done
                OUTLAST_SHELL_JOBS=$table command outlast "$@"
                return
                ;;
            (*) break ;;
            esac
        done
        command outlast "$@"
    }
fi
# After Ctrl-Z in an ssh session: how the job goes on without the connection.
if [[ -o interactive && -t 2 && -n ${SSH_CONNECTION-} && -z ${OUTLAST_JOB-}${TMUX-}${STY-} ]]; then
    autoload -Uz add-zsh-hook
    zmodload zsh/parameter 2>/dev/null
    __outlast_stopped=none
    __outlast_offer() {
        local code=$? number state
        ((code == 148)) || return 0
        for number state in ${(kv)jobstates}; do
            [[ $state == suspended:+:* && $state != $__outlast_stopped ]] || continue
            __outlast_stopped=$state
            print -u2 -r -- "outlast: to let it go on without this connection: outlast adopt %$number"
        done
    }
    add-zsh-hook precmd __outlast_offer
fi
)script";

constexpr std::string_view fish_hook =
    R"script(# outlast: one line at login about jobs that ran while you were away.
if status is-interactive; and status is-login; and isatty stdout; and not set -q OUTLAST_JOB; and test "$SHLVL" -le 1
    command outlast news --login 2>/dev/null; or true
end
# In a job: marks around each command's output, for: outlast logs JOB -c last
# (fish writes them by itself from version 4 on)
if status is-interactive; and isatty stdout; and set -q OUTLAST_JOB; and string match -qr '^[0-3]\.' $version
    function __outlast_prompt --on-event fish_prompt; printf '\e]133;A\a'; end
    function __outlast_output --on-event fish_preexec; printf '\e]133;C\a'; end
    function __outlast_ended --on-event fish_postexec; printf '\e]133;D;%s\a' $status; end
end
# Commands that look at this shell's jobs are told them: outlast check %1
if status is-interactive
    function outlast
        for word in $argv
            switch $word
                case '-*'
                case check adopt disown rescue
                    set -lx OUTLAST_SHELL_JOBS (string join \n -- "fish $fish_pid" (jobs) | string collect)
                    command outlast $argv
                    return
                case '*'
                    break
            end
        end
        command outlast $argv
    end
end
# After Ctrl-Z in an ssh session: how the job goes on without the connection.
if status is-interactive; and isatty stderr; and set -q SSH_CONNECTION; and not set -q OUTLAST_JOB; and not set -q TMUX; and not set -q STY
    function __outlast_offer --on-event fish_prompt
        set -l line (jobs | string match -r '^\d+\t\d+\t.*\tstopped\t.*')[1]
        set -l fields (string split \t -- $line)
        if test (count $fields) -gt 2; and test "$fields[2]" != "$__outlast_stopped"
            set -g __outlast_stopped $fields[2]
            echo "outlast: to let it go on without this connection: outlast adopt %$fields[1]" >&2
        end
    end
end
)script";

constexpr std::array<HookScript, 3> scripts{{
    {"bash", "~/.bashrc", bash_hook},
    {"zsh", "~/.zshrc", zsh_hook},
    {"fish", "~/.config/fish/config.fish", fish_hook},
}};

} // namespace

const std::array<HookScript, 3>& hook_scripts() { return scripts; }

} // namespace outlast::cli
