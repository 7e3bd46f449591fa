// The list of all commands, in the order of the help.
#include "cli/commands.hpp"

#include <array>

namespace outlast::cli {

std::span<const Command> all_commands() {
    static const std::array commands{
        run_command_table,    adopt_command_table,  take_command_table,   rescue_command_table,
        news_command_table,   ls_command_table,     status_command_table, logs_command_table,
        screen_command_table, replay_command_table, export_command_table, events_command_table,
        check_command_table,  doctor_command_table, env_command_table,    attach_command_table,
        detach_command_table, send_command_table,   wait_command_table,   stop_command_table,
        signal_command_table, pause_command_table,  resume_command_table, restart_command_table,
        rename_command_table, rm_command_table,     prune_command_table,  completion_command_table,
        hook_command_table,   config_command_table, upgrade_command_table};
    return commands;
}

} // namespace outlast::cli
