// outlast hook: a line at login about jobs that ran while their user was away; prompt marks in
// jobs; the shell's own jobs for the commands that name them.
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/hook_scripts.hpp"

namespace outlast::cli {
namespace {

Result<int> print_hook(const Arguments& arguments, Output& output) {
    const auto& operands = arguments.operands();
    for (const HookScript& hook : hook_scripts()) {
        if (operands.size() != 1 || operands[0] != hook.shell) continue;
        if (!output.json) {
            output.print(hook.text);
            return 0;
        }
        JsonWriter json;
        json.begin_object().member("schema_version", 1).member("shell", hook.shell);
        json.member("file", hook.file).member("snippet", hook.text).end_object();
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
