// Whether a process is an interactive shell, and which.
#include "shell/interactive_shell.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace outlast::shell {
namespace {

constexpr std::array<std::pair<std::string_view, Kind>, 17> known{{
    {"bash", Kind::bash},
    {"rbash", Kind::bash},
    {"zsh", Kind::zsh},
    {"rzsh", Kind::zsh},
    {"fish", Kind::fish},
    {"sh", Kind::dash},
    {"dash", Kind::dash},
    {"ash", Kind::dash},
    {"ksh", Kind::dash},
    {"ksh93", Kind::dash},
    {"mksh", Kind::dash},
    {"oksh", Kind::dash},
    {"tcsh", Kind::dash},
    {"csh", Kind::dash},
    {"nu", Kind::other},
    {"elvish", Kind::other},
    {"xonsh", Kind::other},
}};

std::string_view base_name(std::string_view program) {
    if (const std::size_t slash = program.rfind('/'); slash != std::string_view::npos)
        program.remove_prefix(slash + 1);
    else if (program.starts_with('-')) program.remove_prefix(1);
    return program;
}

/// Options whose value is the next word.
bool takes_value(std::string_view option) {
    constexpr std::array<std::string_view, 9> options{
        "-o", "+o", "-O", "+O", "--rcfile", "--init-file", "-C", "--init-command", "-d"};
    return std::find(options.begin(), options.end(), option) != options.end();
}

/// "-c", "-lc": a command instead of a person.
bool gives_command(std::string_view option) {
    if (option == "--command" || option.starts_with("--command=")) return true;
    return option.starts_with('-') && !option.starts_with("--") &&
           option.find('c') != std::string_view::npos;
}

} // namespace

Kind kind_of(std::string_view program) {
    program = base_name(program);
    const auto* found = std::find_if(known.begin(), known.end(),
                                     [&](const auto& each) { return each.first == program; });
    return found == known.end() ? Kind::none : found->second;
}

Kind interactive_kind(std::string_view program, const std::vector<std::string>& arguments,
                      bool input_is_terminal) {
    if (!input_is_terminal || arguments.empty()) return Kind::none;
    Kind kind = kind_of(program);
    if (kind == Kind::none) kind = kind_of(arguments[0]); // busybox
    if (kind == Kind::none) return Kind::none;
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        const std::string& word = arguments[i];
        if (word == "-s" || word == "-") return kind; // what follows are its parameters
        if (gives_command(word)) return Kind::none;
        if (!word.starts_with('-') && !word.starts_with('+')) return Kind::none; // a script
        if (takes_value(word)) ++i;
    }
    return kind;
}

bool reads_elsewhere(std::string_view program) {
    const std::string_view name = base_name(program);
    return name == "tcsh" || name == "csh" || name == "bsd-csh";
}

} // namespace outlast::shell
