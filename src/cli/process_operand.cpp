// The running processes that a command line names.
#include "cli/process_operand.hpp"

#include "base/text.hpp"
#include "shell/job_table.hpp"
#include "sys/process_info.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <unistd.h>

namespace outlast::cli {
namespace {

constexpr std::size_t most_listed = 12;

std::string_view base_name(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_interpreter(std::string_view program) {
    constexpr std::array<std::string_view, 10> names{"sh",  "bash", "dash", "zsh",  "fish",
                                                     "ksh", "perl", "ruby", "node", "Rscript"};
    return program.starts_with("python") ||
           std::find(names.begin(), names.end(), program) != names.end();
}

/// The names that people call a process by.
std::vector<std::string_view> names_of(const std::string& name,
                                       const std::vector<std::string>& arguments) {
    std::vector<std::string_view> names{name};
    if (arguments.empty()) return names;
    std::string_view program = base_name(arguments[0]);
    if (program.starts_with('-')) program.remove_prefix(1);
    names.push_back(program);
    if (!is_interpreter(program)) return names;
    const auto script =
        std::find_if(arguments.begin() + 1, arguments.end(),
                     [](const std::string& word) { return !word.starts_with('-'); });
    const bool command_instead = std::find(arguments.begin() + 1, script, "-c") != script;
    if (script != arguments.end() && !command_instead) names.push_back(base_name(*script));
    return names;
}

bool is_resident(const std::string& name) {
    return name == "outlast-keeper" || name == "outlast-scribe" || name == "outlast-anchor" ||
           name == "outlast-standin";
}

std::string command_of(const std::string& name, const std::vector<std::string>& arguments) {
    if (arguments.empty()) return "[" + printable_line(name) + "]";
    std::string command;
    for (const std::string& word : arguments) {
        if (!command.empty()) command += ' ';
        command += word;
        if (command.size() > 4096) break;
    }
    return printable_line(command);
}

struct Candidate {
    NamedProcess process;
    std::vector<std::string> arguments;
};

std::optional<Candidate> look_at(pid_t pid) {
    const auto stat = sys::read_process_stat(pid);
    if (!stat || stat->state == 'Z' || stat->state == 'X') return std::nullopt;
    const auto uids = sys::read_uids(pid);
    auto arguments = sys::read_command_line(pid);
    NamedProcess process{pid, stat->group, uids ? uids->effective : ~uid_t{0}, stat->name,
                         command_of(stat->name, arguments)};
    return Candidate{std::move(process), std::move(arguments)};
}

/// Everything that a name may mean: not this process, nor those it was started by.
std::vector<Candidate> candidates() {
    std::set<pid_t> own{::getpid()};
    for (pid_t pid = ::getppid(); pid > 1;) {
        own.insert(pid);
        const auto stat = sys::read_process_stat(pid);
        pid = stat ? stat->parent : 0;
    }
    std::vector<Candidate> found;
    for (const pid_t pid : sys::all_pids()) {
        if (own.contains(pid)) continue;
        auto each = look_at(pid);
        if (!each || each->arguments.empty() || is_resident(each->process.name)) continue;
        if (::geteuid() == 0 || each->process.owner == ::geteuid())
            found.push_back(std::move(*each));
    }
    return found;
}

Failure no_such_name(const std::string& word, const std::vector<Candidate>& all) {
    std::string nearest;
    std::size_t best = 3;
    for (const Candidate& each : all) {
        for (const std::string_view name : names_of(each.process.name, each.arguments)) {
            const std::size_t distance = edit_distance(name, word);
            if (distance >= best || distance >= std::max<std::size_t>(2, word.size())) continue;
            best = distance;
            nearest = std::string(name) + " (PID " + std::to_string(each.process.pid) + ")";
        }
    }
    const std::string whose = ::geteuid() == 0 ? "no process" : "you have no process";
    return fail(Errc::no_such_job, whose + " called \"" + printable_line(word) + "\"", {},
                nearest.empty() ? "ps -u \"$USER\" lists your processes"
                                : "did you mean " + nearest + "?");
}

Result<std::vector<NamedProcess>> by_name(const std::string& word) {
    const std::vector<Candidate> all = candidates();
    std::vector<NamedProcess> found;
    for (const Candidate& each : all) {
        const auto names = names_of(each.process.name, each.arguments);
        if (std::find(names.begin(), names.end(), word) != names.end())
            found.push_back(each.process);
    }
    if (found.empty()) return no_such_name(word, all);
    return found;
}

std::vector<NamedProcess> members_of(pid_t group) {
    std::vector<NamedProcess> found;
    for (const pid_t pid : sys::all_pids()) {
        auto each = look_at(pid);
        if (!each || each->process.group != group || pid == ::getpid()) continue;
        const auto place = pid == group ? found.begin() : found.end();
        found.insert(place, std::move(each->process));
    }
    return found;
}

Result<std::vector<NamedProcess>> by_shell_job(const std::string& word) {
    const auto table = shell::calling_shell();
    if (!table) {
        return fail(Errc::usage, printable_line(word) + " is a job of which shell?",
                    "this was not typed in an interactive shell", "use the PID");
    }
    const auto job = shell::find_job(*table, word);
    if (!job) return fail(job.error());
    auto found = members_of(job->group);
    if (found.empty())
        return fail(Errc::no_such_job, "the job " + printable_line(word) + " has just ended");
    return found;
}

} // namespace

Result<std::vector<NamedProcess>> find_processes(const std::string& word) {
    if (word.empty()) return fail(Errc::usage, "an empty name", {}, "PID, NAME or %N");
    if (word[0] == '%') return by_shell_job(word);
    const auto number = parse_u64(word);
    if (!number) return by_name(word);
    if (*number > 0 && *number <= INT32_MAX) {
        if (auto each = look_at(static_cast<pid_t>(*number)))
            return std::vector{std::move(each->process)};
    }
    return fail(Errc::no_such_job, "no process has the PID " + word, "it may have ended",
                "ps -u \"$USER\" lists your processes");
}

Result<std::vector<NamedProcess>> find_group(const std::string& word) {
    auto found = find_processes(word);
    if (!found) return found;
    std::set<pid_t> groups;
    for (const NamedProcess& each : *found) groups.insert(each.group);
    if (groups.size() > 1) {
        std::string list;
        std::size_t listed = 0;
        for (const NamedProcess& each : *found) {
            if (++listed > most_listed) {
                list += "; and " + std::to_string(found->size() - most_listed) + " more";
                break;
            }
            list += (list.empty() ? "" : "; ") + std::to_string(each.pid) + " " +
                    fit_width(each.command, 60, true);
        }
        return fail(Errc::ambiguous_job,
                    "\"" + printable_line(word) + "\" is the name of several processes", list,
                    "name one by its PID");
    }
    auto members = members_of(*groups.begin());
    return members.empty() ? found : members;
}

std::string process_label(const NamedProcess& process) {
    return printable_line(process.name) + " (PID " + std::to_string(process.pid) + ")";
}

} // namespace outlast::cli
