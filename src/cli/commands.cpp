// The list of all commands, in the order of the help.
#include "cli/commands.hpp"

#include <array>

namespace outlast::cli {

std::span<const Command> all_commands() {
    static const std::array commands{run_command_table, attach_command_table};
    return commands;
}

} // namespace outlast::cli
