// The completion scripts for bash, zsh and fish.
#include "cli/completion_scripts.hpp"

namespace outlast::cli {
namespace {

constexpr std::string_view bash_script =
    R"(# bash completion for outlast; made by: outlast completion bash
_outlast() {
    local program=${COMP_WORDS[0]} kind line word i
    local -a words=() place=() answer=()
    COMPREPLY=()
    # Readline cuts --option=value into three words.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if ((${#words[@]} > 0)) && [[ ${words[-1]} == --* && ($word == = || ${words[-1]} == *=) ]]; then
            words[-1]+=$word
        else
            words+=("$word")
            place+=("$i")
        fi
    done
    mapfile -t answer < <("$program" completion words -- "${words[@]}" 2>/dev/null)
    kind=${answer[0]-}
    case $kind in
    command\ *)
        i=${place[${kind#command }]}
        if declare -F _command_offset >/dev/null; then
            _command_offset "$i"
        elif ((COMP_CWORD == i)); then
            mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}")
        else
            compopt -o default
        fi
        return
        ;;
    files)
        compopt -o default
        return
        ;;
    directories)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -d -- "${COMP_WORDS[COMP_CWORD]}")
        return
        ;;
    esac
    for line in "${answer[@]:1}"; do
        word=${line%%$'\t'*}
        [[ ${words[-1]} == --*=* ]] && word=${word#*=}
        COMPREPLY+=("$word")
    done
}
complete -F _outlast outlast
)";

constexpr std::string_view zsh_script = R"(#compdef outlast
# zsh completion for outlast; made by: outlast completion zsh
_outlast() {
    local program=${words[1]} kind
    local -a answer candidates
    answer=("${(@f)$("$program" completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    kind=${answer[1]}
    case $kind in
    (command\ *)
        local at=${kind#command }
        shift $((at + 1)) words
        (( CURRENT -= at + 1 ))
        _normal
        return
        ;;
    (files) _files; return ;;
    (directories) _files -/; return ;;
    esac
    local line word
    for line in "${(@)answer[2,-1]}"; do
        [[ -n $line ]] || continue
        word=${line%%$'\t'*}
        if [[ $line == *$'\t'?* ]]; then
            candidates+=("${word//:/\\:}:${line#*$'\t'}")
        else
            candidates+=("${word//:/\\:}")
        fi
    done
    _describe -t outlast outlast candidates
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _outlast "$@"
else
    compdef _outlast outlast
fi
)";

constexpr std::string_view fish_script =
    R"(# fish completion for outlast; made by: outlast completion fish
function __outlast_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -l answer ($program completion words -- $words[2..-1] "$current" 2>/dev/null)
    switch "$answer[1]"
        case 'command *'
            set -l at (string replace 'command ' '' -- $answer[1])
            set -l rest $words[(math $at + 2)..-1] $current
            complete -C (string join ' ' -- (string escape -- $rest[1..-2]) "$current")
        case files
            __fish_complete_path $current
        case directories
            __fish_complete_directories $current
        case '*'
            printf '%s\n' $answer[2..-1]
    end
end
complete -c outlast -f -a '(__outlast_complete)'
)";

} // namespace

std::optional<std::string_view> completion_script(std::string_view shell) {
    if (shell == "bash") return bash_script;
    if (shell == "zsh") return zsh_script;
    if (shell == "fish") return fish_script;
    return std::nullopt;
}

} // namespace outlast::cli
