// outlast adopt: makes a job of a process that runs already.
#include "base/text.hpp"
#include "cli/adopt_for_user.hpp"
#include "cli/adopt_process.hpp"
#include "cli/adopt_results.hpp"
#include "cli/commands.hpp"
#include "cli/hold_sessions.hpp"
#include "cli/process_operand.hpp"
#include "cli/watch_process.hpp"
#include "job/spec.hpp"
#include "sys/process_info.hpp"

#include <algorithm>
#include <optional>
#include <unistd.h>

namespace outlast::cli {
namespace {

constexpr Option adopt_options[] = {
    {"name", 'n', Takes::value, "NAME", "call the job so"},
    {"watch", 0, Takes::nothing, nullptr, "leave it as it is: watch it, keep its exit status"},
    {"session", 0, Takes::value, "PTS", "root: hold a whole session open"},
    {"every-session", 0, Takes::nothing, nullptr, "root: hold every ssh session open"},
};

/// The process whose end is the job's: the one that was named, of a name or a shell's job the one
/// that the others come from.
Result<pid_t> main_process(const std::string& word) {
    const auto group = find_group(word);
    if (!group) return fail(group.error());
    if (const auto pid = parse_u64(word)) return static_cast<pid_t>(*pid);
    const auto found = find_processes(word);
    if (!found) return fail(found.error());
    for (const NamedProcess& each : *found) {
        const auto stat = sys::read_process_stat(each.pid);
        if (!stat) continue;
        const bool below =
            std::any_of(found->begin(), found->end(),
                        [&](const NamedProcess& other) { return other.pid == stat->parent; });
        if (!below) return each.pid;
    }
    return found->front().pid;
}

/// What the words stand for. One that stands for nothing is told where it is adopted, unless there
/// are others: they may be a user's, and then none of them may become root's.
Result<std::vector<pid_t>> named_processes(const std::vector<std::string>& words) {
    std::vector<pid_t> found;
    std::optional<Error> mistake;
    bool is_users = false;
    for (const std::string& word : words) {
        const auto pid = main_process(word);
        if (!pid) {
            mistake = pid.error();
            continue;
        }
        found.push_back(*pid);
        const auto uids = sys::read_uids(*pid);
        is_users = is_users || (uids && uids->real != 0);
    }
    if (mistake && is_users) return fail(*mistake);
    return found;
}

Result<int> watch(job::Registry& registry, const Arguments& arguments, const std::string& name,
                  const Output& output) {
    if (arguments.operands().size() != 1)
        return fail(Errc::usage, "adopt --watch takes one process", {},
                    "outlast adopt --watch PID");
    const auto pid = main_process(arguments.operands()[0]);
    if (!pid) return fail(pid.error());
    const auto watched = watch_process(registry, *pid, name);
    if (!watched) return fail(watched.error());
    print_watched(*watched, output);
    return 0;
}

Result<int> adopt(const Arguments& arguments, Output& output) {
    if (arguments.has("every-session")) return hold_every_session(output);
    if (const auto terminal = arguments.value("session"))
        return hold_one_session(*terminal, output);
    const auto& operands = arguments.operands();
    if (operands.empty()) {
        return fail(Errc::usage, "adopt which process?", {},
                    "outlast adopt PID, NAME, or %N for a job of this shell");
    }
    const std::string name = arguments.value("name").value_or("");
    if (!name.empty()) {
        if (auto good = job::check_name(name); !good) return fail(good.error());
        if (operands.size() > 1)
            return fail(Errc::usage, "one name is for one process", {}, "name them one by one");
    }
    if (::geteuid() == 0) {
        const auto processes = named_processes(operands);
        if (!processes) return fail(processes.error());
        if (auto owner = act_as_owner(*processes, arguments, output); !owner)
            return fail(owner.error());
    }
    auto registry = job::Registry::open(job::Registry::Missing::create);
    if (!registry) return fail(registry.error());
    if (arguments.has("watch")) return watch(*registry, arguments, name, output);
    AdoptResults results(output);
    for (const std::string& word : operands) {
        const auto pid = main_process(word);
        if (!pid) {
            results.failed(word, pid.error());
            continue;
        }
        const auto job = adopt_process(*registry, *pid, {name, {}, {}}, output);
        if (job) results.adopted(*job);
        else results.failed(word, job.error());
    }
    return results.finish();
}

} // namespace

const Command adopt_command_table{
    "adopt",
    {"disown"},
    "START",
    "Make a job of what runs already, so that it survives a lost connection.",
    "PID|NAME|%N…",
    "  outlast adopt %1           a job of this shell, stopped or in the background\n"
    "  outlast adopt 4312         that process, its pipeline, and what they started\n"
    "  outlast adopt rsync        by name; several of that name are listed\n"
    "  outlast adopt --watch 4312 only watch it and keep its exit status\n"
    "  outlast adopt --session pts/3   root: a whole session, which notices nothing\n",
    adopt_options,
    Operands::anywhere,
    false,
    adopt};

} // namespace outlast::cli
