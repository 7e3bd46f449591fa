// outlast adopt --watch: makes a job of a process without touching it.
#include "cli/watch_process.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "check/leave_session.hpp"
#include "cli/adopt_for_user.hpp"
#include "cli/promise.hpp"
#include "job/inside.hpp"
#include "sys/pidfd.hpp"
#include "sys/process_info.hpp"

#include <algorithm>
#include <cerrno>
#include <set>

namespace outlast::cli {
namespace {

/// Nearest first.
std::vector<pid_t> ancestors_of(pid_t pid) {
    std::vector<pid_t> found;
    for (auto stat = sys::read_process_stat(pid); stat && stat->parent > 0;
         stat = sys::read_process_stat(stat->parent)) {
        found.push_back(stat->parent);
    }
    return found;
}

Result<std::uint64_t> start_of(pid_t pid) {
    const auto pidfd = sys::open_pidfd(pid);
    const auto stat = sys::read_process_stat(pid);
    // EINVAL of older kernels, ENOENT of newer ones (6.16).
    if (!pidfd && stat && !pidfd.error().is_errno(ESRCH))
        return fail(Errc::refused, std::to_string(pid) + " is a thread, not a process", {},
                    "give the number of its process: ps -o pid,lwp -L");
    if (!pidfd || !stat)
        return fail(Errc::no_such_job, "no process " + std::to_string(pid), "it may have ended",
                    "ps -u \"$USER\" lists yours");
    return stat->start_ticks;
}

void add(ProcessFamily& family, pid_t pid) {
    const bool known = std::any_of(family.members.begin(), family.members.end(),
                                   [pid](const auto& member) { return member.pid == pid; });
    const auto stat = known ? std::nullopt : sys::read_process_stat(pid);
    if (stat && stat->state != 'Z') family.members.push_back({pid, stat->start_ticks});
}

} // namespace

Result<> refuse_job(const job::Registry& registry, pid_t pid) {
    const auto ancestors = ancestors_of(pid);
    for (const job::Record& record : registry.records()) {
        if (!job::is_alive(record.condition) || !record.here) continue;
        const bool is_it = record.pid == pid;
        const bool is_above =
            std::find(ancestors.begin(), ancestors.end(), record.pid) != ancestors.end() &&
            !record.adopted;
        if (!is_it && !is_above) continue;
        return fail(Errc::refused,
                    "process " + std::to_string(pid) + (is_it ? " is" : " belongs to") + " job " +
                        std::to_string(record.number) + " \"" + printable_line(record.name) +
                        "\" already",
                    {}, "outlast status " + std::to_string(record.number));
    }
    return {};
}

ProcessFamily family_of(pid_t main) {
    ProcessFamily family;
    add(family, main);
    for (const pid_t pid : sys::descendants_of(main)) add(family, pid);
    const auto stat = sys::read_process_stat(main);
    if (!stat) return family;
    const auto ancestors = ancestors_of(main);
    const bool shared = std::any_of(ancestors.begin(), ancestors.end(), [&](pid_t pid) {
        const auto ancestor = sys::read_process_stat(pid);
        return ancestor && ancestor->group == stat->group;
    });
    if (shared) return family;
    family.groups.push_back(stat->group);
    for (const pid_t pid : sys::all_pids()) {
        const auto each = sys::read_process_stat(pid);
        if (!each || each->group != stat->group) continue;
        for (const pid_t below : sys::descendants_of(pid)) add(family, below);
    }
    return family;
}

Result<WatchedProcess> watch_process(job::Registry& registry, pid_t pid, const std::string& name,
                                     const job::ParentRecord& parent) {
    const auto start = start_of(pid);
    if (!start) return fail(start.error());
    if (auto free = refuse_job(registry, pid); !free) return fail(free.error());
    auto spec = job::spec_of_process(pid);
    if (!spec) return fail(spec.error());
    WatchedProcess watched;
    watched.pid = pid;
    watched.command = job::command_line(spec->command);
    watched.exit = job::exit_knowledge(pid, parent);
    // It is promised that nothing is done to it.
    if (watched.exit.how == twin::ExitKnowledge::tracer) {
        watched.exit = {twin::ExitKnowledge::unknown,
                        "this kernel (before 6.15) tells only its parent how a process ended"};
    }
    watched.output = job::output_of_process(pid);
    job::AdoptionRequest request;
    request.kind = twin::Adoption::watched;
    request.spec = std::move(*spec);
    request.name = name;
    request.main = pid;
    request.parent = parent;
    request.start_ticks = *start;
    request.output = watched.output.file;
    if (request.output.empty()) request.output = watched.output.error_file;
    else request.error_output = watched.output.error_file;
    request.spec.separate_stderr = !request.error_output.empty();
    auto adoption = job::begin_adoption(registry, request);
    if (!adoption) return fail(adoption.error());
    // The keeper has to be there when the process ends, which may be at this logout.
    const pid_t keeper = adoption->keeper();
    (void)check::leave_session({keeper}, scope_name(adoption->number(), keeper),
                               "outlast watches " + adoption->name());
    const ProcessFamily family = family_of(pid);
    auto done = adoption->commit({family.groups, family.members, 0, watched.exit.how});
    if (!done) return fail(done.error());
    watched.number = adoption->number();
    watched.name = adoption->name();
    return watched;
}

void print_watched(const WatchedProcess& watched, const Output& output, Hangup hangup) {
    const std::string file =
        watched.output.file.empty() ? watched.output.error_file : watched.output.file;
    const bool knows = watched.exit.how != twin::ExitKnowledge::unknown;
    if (output.json) {
        JsonWriter json;
        json.begin_object().member("schema_version", 1).member("number", watched.number);
        json.member("name", watched.name).member("pid", watched.pid).member("watched_only", true);
        json.member("exit_status_will_be_known", knows).member("output", file);
        if (const std::string owner = owner_acted_for(); !owner.empty())
            json.member("owner", owner);
        return output.print_line(json.end_object().text());
    }
    if (output.quiet) return output.print_line(std::to_string(watched.number));
    const std::string name = printable_line(watched.name);
    const bool utf8 = Output::utf8();
    const auto line = [&](bool kept, std::string_view what, const std::string& how) {
        const std::string mark = kept ? output.styled(Style::good, utf8 ? "✓" : "yes")
                                      : output.styled(Style::bad, utf8 ? "✗" : "no ");
        std::string text = "  " + mark + " " + std::string(what);
        text.append(13 - std::min<std::size_t>(13, what.size()), ' ');
        output.print_line(text + how);
    };
    output.print_line(printable_line(watched.command).substr(0, 60) + " (PID " +
                      std::to_string(watched.pid) + ") is now job " +
                      std::to_string(watched.number) + " \"" + name + "\", watched only");
    if (hangup == Hangup::kept_away)
        line(true, "hangup", "nobody sends it one; what it writes to its old terminal may fail");
    else
        line(false, "hangup",
             "nothing of it was changed: outlast check " + std::to_string(watched.pid) +
                 " tells what would happen");
    if (!file.empty())
        line(true, "output", printable_line(file) + ", also by outlast logs " + name);
    else line(false, "output", "goes to " + watched.output.elsewhere + " and is not captured");
    line(knows, "exit status", knows ? "kept" : watched.exit.why);
    if (const std::string owner = owner_text(watched.name); !owner.empty())
        output.print_line("  " + owner);
}

} // namespace outlast::cli
