// outlast env: the variables of the newest viewer, for a shell inside the job.
#include "attach/viewer_offer.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "job/inside.hpp"
#include "job/keeper_connection.hpp"
#include "job/selector.hpp"
#include "job/spec.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <cstdlib>

namespace outlast::cli {
namespace {

constexpr Option env_options[] = {
    {"shell", 0, Takes::value, "sh|fish", "for that shell (by default for the one in SHELL)"},
};

enum class Shell { posix, fish };

/// A variable as the newest viewer has it; no value: it has none.
struct Assignment {
    std::string name;
    std::optional<std::string> value;
};

Result<Shell> choose_shell(const Arguments& arguments) {
    const auto wanted = arguments.value("shell");
    const char* usual = std::getenv("SHELL");
    const std::string shell = wanted.value_or(usual != nullptr ? usual : "");
    const std::string name = shell.substr(shell.rfind('/') + 1);
    if (name == "fish") return Shell::fish;
    const bool posix =
        name == "sh" || name == "bash" || name == "zsh" || name == "dash" || name == "ksh";
    if (wanted && !posix) {
        return fail(Errc::usage, "--shell: \"" + printable_line(*wanted) + "\"", {},
                    "sh (for bash and zsh too) or fish");
    }
    return Shell::posix;
}

/// The job that is named, else the one that we are inside of, else as everywhere.
Result<job::Record> choose_seen(const job::Registry& registry, const Arguments& arguments) {
    const auto& operands = arguments.operands();
    if (operands.size() > 1) return fail(Errc::usage, "env takes one job", {}, "outlast env JOB");
    if (!operands.empty()) return job::select_job(registry, operands[0]);
    if (auto record = job::surrounding_job(registry)) return std::move(*record);
    return job::default_job(registry);
}

/// Those that the job has a stable path for stay as they are.
Result<std::vector<Assignment>> assignments(const job::JobFolder& folder,
                                            const wire::Offer& offer) {
    const auto text = sys::read_file_at(folder.fd.get(), "spec.json", std::size_t{16} << 20);
    const auto spec = text ? job::parse_spec(*text) : fail(text.error());
    if (!spec) return fail(spec.error());
    std::vector<Assignment> all;
    for (const char* name : attach::offered_variables) {
        const auto& stable = spec->stable_paths;
        if (std::find(stable.begin(), stable.end(), name) != stable.end()) continue;
        Assignment assignment{name, std::nullopt};
        for (const wire::Variable& variable : offer.variables) {
            if (variable.name == name) assignment.value = variable.value;
        }
        all.push_back(std::move(assignment));
    }
    return all;
}

std::string line_for(Shell shell, const Assignment& assignment) {
    if (!assignment.value)
        return (shell == Shell::fish ? "set -e " : "unset ") + assignment.name + ";\n";
    const std::string start = shell == Shell::fish ? "set -gx " + assignment.name + " "
                                                   : "export " + assignment.name + "=";
    return start + shell_quote(*assignment.value) + ";\n";
}

void print(const std::vector<Assignment>& all, const wire::Offer& offer, Shell shell,
           const Output& output) {
    if (output.json) {
        JsonWriter json;
        json.begin_object().member("schema_version", 1).member("viewer_pid", offer.pid);
        json.key("variables").begin_object();
        for (const Assignment& assignment : all) {
            if (assignment.value) json.member(assignment.name, *assignment.value);
            else json.key(assignment.name).null();
        }
        return output.print_line(json.end_object().end_object().text());
    }
    std::string text;
    for (const Assignment& assignment : all) text += line_for(shell, assignment);
    output.print(text);
}

Result<int> env(const Arguments& arguments, Output& output) {
    const auto shell = choose_shell(arguments);
    if (!shell) return fail(shell.error());
    const auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    const auto record = choose_seen(*registry, arguments);
    if (!record) return fail(record.error());
    const auto folder = registry->open_folder(record->number);
    if (!folder) return fail(folder.error());
    auto keeper = job::KeeperConnection::connect(*folder, *record);
    if (!keeper) return fail(keeper.error());
    const auto offer = keeper->get_offer();
    if (!offer) return fail(offer.error());
    if (offer->pid == 0) {
        return fail(Errc::refused, "nobody is attached to job " + std::to_string(record->number),
                    "the variables are those of whoever is attached, and not read-only",
                    "outlast attach " + printable_line(record->name));
    }
    const auto all = assignments(*folder, *offer);
    if (!all) return fail(all.error());
    print(*all, *offer, *shell, output);
    return 0;
}

} // namespace

const Command env_command_table{
    "env",
    {},
    "LOOK",
    "Print the DISPLAY and the like of whoever came last, for a shell in the job.",
    "[JOB]",
    "  eval \"$(outlast env)\"         in a shell inside the job, after coming back\n"
    "  outlast env migrate           of another one\n"
    "  outlast env --shell fish | source\n",
    env_options,
    Operands::anywhere,
    true,
    env};

} // namespace outlast::cli
