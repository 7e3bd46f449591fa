// outlast wait: return when jobs have ended, or have come to some point.
#include "attach/wait_for.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/job_operands.hpp"
#include "job/selector.hpp"
#include "sys/clock.hpp"

#include <algorithm>

namespace outlast::cli {
namespace {

constexpr Option wait_options[] = {
    {"any", 0, Takes::nothing, nullptr, "until the first, and print which"},
    {"timeout", 't', Takes::value, "SPAN", "at most SPAN; exit code 124 if it still runs"},
    {"match", 'm', Takes::value, "RE", "until a line of output matches; prints the line"},
    {"from-now", 0, Takes::nothing, nullptr, "look only at output from now on"},
    {"idle", 'i', Takes::value, "SPAN", "until nothing was written for SPAN"},
    {"needs-input", 0, Takes::nothing, nullptr, "until it waits for its user"},
};

constexpr int time_over = 124;

using attach::WaitResult;

/// A job or a process, what was found out about it, and how it is called.
struct Target {
    std::string label;
    std::optional<job::Record> record;
    pid_t pid = 0;
    std::optional<WaitResult> result;
};

struct Targets {
    std::vector<Target> list;
    std::vector<std::unique_ptr<attach::Waitable>> waitables;
};

Result<attach::WaitGoal> read_goal(const Arguments& arguments) {
    attach::WaitGoal goal;
    const auto idle = duration_option(arguments, "idle", 0);
    if (!idle) return fail(idle.error());
    if (arguments.has("idle") && *idle <= 0)
        return fail(Errc::usage, "--idle needs a span longer than 0", {}, "for example --idle 30s");
    goal.idle = *idle;
    goal.from_now = arguments.has("from-now");
    goal.needs_input = arguments.has("needs-input");
    const auto expression = arguments.value("match");
    if (!expression) return goal;
    auto pattern = attach::LinePattern::compile(*expression);
    if (!pattern) return fail(pattern.error());
    goal.pattern = std::make_shared<attach::LinePattern>(std::move(*pattern));
    return goal;
}

Result<> add_job(Targets& targets, const job::Registry& registry, const job::Record& record,
                 const attach::WaitGoal& goal) {
    const bool there =
        std::any_of(targets.list.begin(), targets.list.end(), [&](const Target& each) {
            return each.record && each.record->number == record.number;
        });
    if (there) return {};
    if (!record.fate) {
        if (auto living = require_living(record); !living) return living;
    }
    auto waitable = attach::wait_for_job(registry, record, goal);
    if (!waitable) return fail(waitable.error());
    targets.waitables.push_back(std::move(*waitable));
    targets.list.push_back({job_label(record), record, 0, {}});
    return {};
}

Result<> add_process(Targets& targets, pid_t pid, const attach::WaitGoal& goal) {
    auto waitable = attach::wait_for_process(pid);
    if (!waitable) return fail(waitable.error());
    if (!goal.is_end_only()) {
        return fail(Errc::usage, "PID " + std::to_string(pid) + " is no job",
                    "only a job's output and terminal are known",
                    "without --match, --idle and --needs-input its end can be waited for");
    }
    targets.waitables.push_back(std::move(*waitable));
    targets.list.push_back({"PID " + std::to_string(pid), {}, pid, {}});
    return {};
}

Result<Targets> choose(const job::Registry& registry, const Arguments& arguments,
                       const attach::WaitGoal& goal, const Output& output) {
    Targets targets;
    if (arguments.operands().empty()) {
        const auto record = job::default_job(registry);
        if (!record) return fail(record.error());
        output.remark("this is " + job_label(*record));
        if (auto added = add_job(targets, registry, *record, goal); !added)
            return fail(added.error());
    }
    for (const std::string& operand : arguments.operands()) {
        const auto records = job::select_jobs(registry, {operand});
        const auto pid = parse_u64(operand);
        constexpr std::uint64_t largest_pid = std::uint64_t{1} << 22;
        if (!records && pid && *pid > 0 && *pid <= largest_pid) {
            if (auto added = add_process(targets, static_cast<pid_t>(*pid), goal); !added)
                return fail(added.error());
            continue;
        }
        if (!records) return fail(records.error());
        for (const job::Record& record : *records) {
            if (auto added = add_job(targets, registry, record, goal); !added)
                return fail(added.error());
        }
    }
    return targets;
}

const char* reason_name(WaitResult::Reason reason) {
    switch (reason) {
    case WaitResult::Reason::ended: return "ended";
    case WaitResult::Reason::match: return "match";
    case WaitResult::Reason::idle: return "idle";
    case WaitResult::Reason::needs_input: return "needs-input";
    }
    return "ended";
}

void say(const Target& target, bool any, const Output& output) {
    if (output.json) return;
    const WaitResult& result = *target.result;
    if (any && output.quiet) {
        return output.print_line(std::to_string(
            target.record ? static_cast<std::int64_t>(target.record->number) : target.pid));
    }
    if (result.reason == WaitResult::Reason::match && !any) return output.print_line(result.line);
    std::string line = target.label + " ";
    if (result.reason == WaitResult::Reason::ended) line += result.state;
    if (result.reason == WaitResult::Reason::match) line += "wrote: " + result.line;
    if (result.reason == WaitResult::Reason::idle) line += "is silent";
    if (result.reason == WaitResult::Reason::needs_input) line += "needs input";
    if (any) output.print_line(line);
    else output.remark(line);
}

void print_json(const Targets& targets, int code, bool timed_out, const Output& output) {
    JsonWriter json;
    json.begin_object().member("schema_version", 1).member("exit_code", code);
    json.member("timed_out", timed_out).key("jobs").begin_array();
    for (const Target& target : targets.list) {
        json.begin_object();
        if (target.record)
            json.member("number", target.record->number).member("name", target.record->name);
        else json.member("pid", target.pid);
        json.member("settled", target.result.has_value());
        if (target.result) {
            json.member("reason", reason_name(target.result->reason));
            json.member("state", target.result->state);
            if (target.result->ended_with) json.member("exit_code", *target.result->ended_with);
            if (target.result->reason == WaitResult::Reason::match)
                json.member("line", target.result->line);
        }
        json.end_object();
    }
    output.print_line(json.end_array().end_object().text());
}

std::string still_running(const Targets& targets) {
    std::string list;
    for (const Target& target : targets.list) {
        if (!target.result) list += (list.empty() ? "" : ", ") + target.label;
    }
    return list;
}

Result<int> wait(const Arguments& arguments, Output& output) {
    const auto goal = read_goal(arguments);
    if (!goal) return fail(goal.error());
    const auto timeout = duration_option(arguments, "timeout", 0);
    if (!timeout) return fail(timeout.error());
    // --timeout 0 looks once.
    const Nanoseconds deadline = arguments.has("timeout") ? sys::boottime_now() + *timeout : 0;
    const auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    auto targets = choose(*registry, arguments, *goal, output);
    if (!targets) return fail(targets.error());
    const bool any = arguments.has("any");
    int first_end = 0;
    const auto settled =
        attach::wait_for(targets->waitables, any ? attach::WaitUntil::any : attach::WaitUntil::all,
                         deadline, [&](std::size_t index, const WaitResult& result) {
                             targets->list[index].result = result;
                             first_end = result.exit_code;
                             say(targets->list[index], any, output);
                         });
    if (!settled) return fail(settled.error());
    int code = any ? first_end : 0;
    if (!any) {
        for (const Target& target : targets->list) {
            if (code == 0 && target.result) code = target.result->exit_code;
        }
    }
    if (!*settled) {
        code = time_over;
        output.remark("the time is over; waited for " + still_running(*targets));
    }
    if (output.json) print_json(*targets, code, !*settled, output);
    return code;
}

} // namespace

const Command wait_command_table{
    "wait",
    {},
    "ACT",
    "Return when jobs have ended, with their exit code.",
    "[OPTIONS] [JOB|PID]…",
    "  outlast wait migrate && ./next.sh       as the shell's wait\n"
    "  outlast wait --any -t 1h a b 4312       the first of two jobs and a process\n"
    "  outlast wait server -m 'listening on'   until it says so (1: it ended without)\n"
    "  outlast wait setup --needs-input        until it asks something\n",
    wait_options,
    Operands::anywhere,
    true,
    wait};

} // namespace outlast::cli
