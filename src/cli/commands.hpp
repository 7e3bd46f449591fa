// Every command's table; each is defined in its own file.
#pragma once

#include "cli/command.hpp"

namespace outlast::cli {

extern const Command run_command_table;
extern const Command adopt_command_table;
extern const Command rescue_command_table;
extern const Command take_command_table;
extern const Command news_command_table;
extern const Command ls_command_table;
extern const Command status_command_table;
extern const Command check_command_table;
extern const Command logs_command_table;
extern const Command events_command_table;
extern const Command doctor_command_table;
extern const Command attach_command_table;
extern const Command detach_command_table;
extern const Command screen_command_table;
extern const Command replay_command_table;
extern const Command export_command_table;
extern const Command env_command_table;
extern const Command upgrade_command_table;
extern const Command wait_command_table;
extern const Command send_command_table;
extern const Command stop_command_table;
extern const Command signal_command_table;
extern const Command pause_command_table;
extern const Command resume_command_table;
extern const Command restart_command_table;
extern const Command rename_command_table;
extern const Command rm_command_table;
extern const Command prune_command_table;
extern const Command completion_command_table;
extern const Command config_command_table;
extern const Command hook_command_table;

} // namespace outlast::cli
