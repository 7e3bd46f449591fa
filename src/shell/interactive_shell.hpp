// Whether a process is an interactive shell, and which.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace outlast::shell {

/// Shells that differ in what they do to their jobs when the terminal is gone. `dash` stands for
/// all that do nothing (dash, mksh, ksh93, tcsh, busybox's ash), `other` for those nobody has
/// looked at.
enum class Kind { none, bash, zsh, fish, dash, other };

/// The shell that a program's name stands for: "bash", "-zsh" (as login(1) names it),
/// "/usr/bin/fish".
[[nodiscard]] Kind kind_of(std::string_view program);

/// The shell that a process is if it talks to a person: it runs neither a script nor a command
/// given with -c, and its standard input is a terminal. `program` is the path of its executable
/// file
/// (/bin/sh is bash on some systems), or where that may not be read the kernel's name of the
/// process.
[[nodiscard]] Kind interactive_kind(std::string_view program,
                                    const std::vector<std::string>& arguments,
                                    bool input_is_terminal);

/// True for tcsh, whose descriptor 0 is /dev/null: it reads its commands from another one.
[[nodiscard]] bool reads_elsewhere(std::string_view program);

} // namespace outlast::shell
