// outlast stop: end jobs and wait until they have ended.
#include "base/json_writer.hpp"
#include "cli/commands.hpp"
#include "cli/job_operands.hpp"
#include "cli/job_results.hpp"
#include "cli/stop_jobs.hpp"
#include "job/inside.hpp"

#include <csignal>

namespace outlast::cli {
namespace {

constexpr Option stop_options[] = {
    {"signal", 's', Takes::value, "SIG", "send SIG first (as run --stop-signal said: TERM)"},
    {"grace", 't', Takes::value, "SPAN", "send KILL after SPAN (run --stop-grace: 10s)"},
    {"force", 0, Takes::nothing, nullptr, "stop even the job that this is inside of"},
};

std::string end_members(const job::Record& record) {
    if (!record.fate) return {};
    JsonWriter json;
    json.member("state", job::describe_fate(*record.fate));
    json.member("exit_code", job::exit_code_of(*record.fate));
    return json.take();
}

void report(const attach::StopOutcome& outcome, const attach::StopOrder& order,
            JobResults& results) {
    using How = attach::StopOutcome::How;
    const job::Record& record = outcome.record;
    if (outcome.how == How::failed) return results.failed(record, outcome.error);
    const char* result = outcome.how == How::already_ended ? "already-ended"
                         : outcome.how == How::tidied      ? "leftovers-stopped"
                         : outcome.how == How::survived    ? "stopped-with-leftovers"
                                                           : "stopped";
    results.done(record, result, stop_sentence(outcome, order), end_members(record));
}

Result<int> stop(const Arguments& arguments, Output& output) {
    attach::StopOrder order;
    const auto signal = signal_option(arguments, "signal", 0);
    const auto grace = duration_option(arguments, "grace", -1);
    if (!signal) return fail(signal.error());
    if (!grace) return fail(grace.error());
    order.signal = *signal;
    order.grace = *grace;
    order.by = attach::asked_by(*signal == SIGKILL ? "kill" : "stop");
    const auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    const auto records =
        named_jobs(*registry, arguments.operands(), "stop", FromGlobs::living_only);
    if (!records) return fail(records.error());
    if (records->empty()) output.remark("none of these runs");
    JobResults results(output);
    std::vector<job::Record> stoppable;
    for (const job::Record& record : *records) {
        auto allowed = record.fate ? Result<>() : require_living(record);
        if (allowed && !arguments.has("force"))
            allowed = job::refuse_inside(record, "to stop it ends this command too");
        if (allowed) stoppable.push_back(record);
        else results.failed(record, allowed.error());
    }
    const auto wait =
        stop_jobs(*registry, stoppable, order, output,
                  [&](const attach::StopOutcome& outcome) { report(outcome, order, results); });
    if (!wait) return fail(wait.error());
    const int code = results.finish();
    return *wait == StopWait::left ? 128 + SIGINT : code;
}

} // namespace

const Command stop_command_table{
    "stop",
    {"kill"},
    "ACT",
    "End jobs and wait until they have ended.",
    "[OPTIONS] JOB…",
    "  outlast stop migrate            TERM to all of it, KILL after 10s\n"
    "  outlast stop -s INT -t 1m 12    as Ctrl-C would, with a minute to clean up\n"
    "  outlast stop 'train-*'          several at the same time\n"
    "  outlast kill migrate            KILL at once\n",
    stop_options,
    Operands::anywhere,
    true,
    stop};

} // namespace outlast::cli
