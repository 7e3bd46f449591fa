// outlast adopt: takes a process over and makes a job of it.
#include "cli/adopt_process.hpp"

#include "base/text.hpp"
#include "check/leave_session.hpp"
#include "cli/promise.hpp"
#include "cli/watch_process.hpp"
#include "sys/process_info.hpp"
#include "sys/pty.hpp"

#include <algorithm>
#include <set>

namespace outlast::cli {
namespace {

constexpr winsize usual_size{24, 80, 0, 0};

std::string label(const adopt::Plan& plan) {
    std::string text =
        printable_line(plan.main_member().name) + " (PID " + std::to_string(plan.main);
    const std::size_t others = plan.members.size() - 1;
    if (others > 0)
        text +=
            " and " + std::to_string(others) + (others == 1 ? " more process" : " more processes");
    return text + ")";
}

/// "its exit status will be known": people have to know before it is done what they will get.
std::string announce_exit(const job::ExitForecast& exit) {
    switch (exit.how) {
    case twin::ExitKnowledge::kernel: return "its exit status will be known (the kernel tells it)";
    case twin::ExitKnowledge::tracer:
        return "its exit status will be known (a process of outlast traces it, and only wakes up "
               "for signals)";
    case twin::ExitKnowledge::parent: return "its exit status will be known (its parent tells it)";
    case twin::ExitKnowledge::unknown: break;
    }
    return "its exit status will not be known: " + exit.why;
}

/// Process groups with somebody in them who is not among the members; asked before the processes
/// stand still, because it takes a look at all there are.
std::set<pid_t> shared_groups(const adopt::Plan& plan) {
    std::set<pid_t> members;
    for (const adopt::Member& member : plan.members) members.insert(member.pid);
    std::set<pid_t> shared;
    for (const pid_t pid : sys::all_pids()) {
        if (members.contains(pid)) continue;
        const auto stat = sys::read_process_stat(pid);
        if (stat && stat->state != 'Z' && !members.contains(stat->parent))
            shared.insert(stat->group);
    }
    return shared;
}

Result<> commit(job::Adoption& adoption, const adopt::Takeover& takeover,
                const job::ExitForecast& exit, const std::set<pid_t>& shared) {
    job::AdoptedProcesses processes;
    std::set<pid_t> groups;
    for (const auto& process : takeover.processes) {
        processes.members.push_back({process.pid, process.start_ticks});
        if (process.group > 0 && !shared.contains(process.group)) groups.insert(process.group);
    }
    processes.groups.assign(groups.begin(), groups.end());
    processes.session_leader = takeover.terminal_owner;
    processes.exit = exit.how;
    return adoption.commit(processes);
}

/// Of processes that have no terminal: nothing has to be done to them.
adopt::Takeover as_they_are(const adopt::Plan& plan) {
    adopt::Takeover takeover;
    takeover.away_from_hangup = true;
    for (const adopt::Member& member : plan.members)
        takeover.processes.push_back({member.pid, member.start_ticks, member.group});
    return takeover;
}

job::AdoptionRequest make_request(const adopt::Plan& plan, job::Spec spec, const std::string& name,
                                  const AdoptedJob& adopted) {
    job::AdoptionRequest request;
    request.kind = twin::Adoption::taken;
    request.spec = std::move(spec);
    request.spec.terminal = adopted.terminal;
    request.name = name;
    request.main = plan.main;
    request.start_ticks = plan.main_member().start_ticks;
    request.attributes = plan.attributes.value_or(sys::default_terminal_attributes());
    request.size = plan.size.value_or(usual_size);
    if (request.size.ws_row == 0 || request.size.ws_col == 0) request.size = usual_size;
    if (!adopted.terminal) {
        request.output =
            adopted.output.file.empty() ? adopted.output.error_file : adopted.output.file;
        if (!adopted.output.file.empty()) request.error_output = adopted.output.error_file;
    }
    request.spec.separate_stderr = !request.error_output.empty();
    return request;
}

Result<> refuse_another(const adopt::Member& main, const std::optional<Chosen>& chosen) {
    if (!chosen || (main.start_ticks == chosen->start_ticks && main.session == chosen->session))
        return {};
    const std::string process = "process " + std::to_string(main.pid);
    if (main.start_ticks != chosen->start_ticks)
        return fail(Errc::already_ended, process + " has ended");
    return fail(Errc::refused, process + " cannot be adopted", "it has left its session meanwhile",
                "outlast check " + std::to_string(main.pid) + " tells what would become of it now");
}

} // namespace

Result<AdoptedJob> adopt_process(job::Registry& registry, pid_t pid, const AdoptWish& wish,
                                 const Output& output) {
    if (auto free = refuse_job(registry, pid); !free) return fail(free.error());
    const auto plan = adopt::examine(pid);
    if (!plan) return fail(plan.error());
    if (auto same = refuse_another(plan->main_member(), wish.chosen); !same)
        return fail(same.error());
    if (!plan->obstacles.empty()) return fail(adopt::obstacle_error(plan->obstacles));
    auto spec = job::spec_of_process(pid);
    if (!spec) return fail(spec.error());
    AdoptedJob adopted;
    adopted.pid = pid;
    adopted.process = plan->main_member().name;
    adopted.exit = job::exit_knowledge(pid, wish.parent);
    adopted.output = job::output_of_process(pid);
    adopted.terminal = plan->wants_terminal();
    output.remark("adopting " + label(*plan) + "; " + announce_exit(adopted.exit));
    auto request = make_request(*plan, std::move(*spec), wish.name, adopted);
    request.parent = wish.parent;
    auto adoption = job::begin_adoption(registry, request);
    if (!adoption) return fail(adoption.error());
    const pid_t keeper = adoption->keeper();
    const std::set<pid_t> shared = shared_groups(*plan);
    const auto confirm = [&](const adopt::Takeover& takeover) {
        return commit(*adoption, takeover, adopted.exit, shared);
    };
    if (plan->needs_takeover()) {
        auto takeover = adopt::take_over(*plan, adoption->terminal_path(), confirm);
        if (!takeover) return fail(takeover.error());
        adopted.takeover = std::move(*takeover);
    } else {
        adopted.takeover = as_they_are(*plan);
        if (auto done = confirm(adopted.takeover); !done) return fail(done.error());
    }
    adopted.number = adoption->number();
    adopted.name = adoption->name();
    std::vector<pid_t> processes{keeper};
    for (const auto& process : adopted.takeover.processes) processes.push_back(process.pid);
    adopted.logout = check::leave_session(processes, scope_name(adopted.number, keeper),
                                          "outlast job " + adopted.name);
    return adopted;
}

} // namespace outlast::cli
