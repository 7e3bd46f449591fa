// outlast rm: remove jobs and their output.
#include "base/json_writer.hpp"
#include "cli/commands.hpp"
#include "cli/job_operands.hpp"
#include "cli/job_results.hpp"
#include "cli/stop_jobs.hpp"
#include "job/inside.hpp"
#include "job/removal.hpp"

#include <csignal>

namespace outlast::cli {
namespace {

constexpr Option rm_options[] = {
    {"force", 'f', Takes::nothing, nullptr, "stop those that run, first"},
    {"grace", 't', Takes::value, "SPAN", "with -f: send KILL after SPAN"},
};

void remove(job::Registry& registry, const job::Record& record, job::Leftovers leftovers,
            JobResults& results) {
    const auto bytes = job::remove_job(registry, record, leftovers);
    if (!bytes) return results.failed(record, bytes.error());
    JsonWriter members;
    members.member("bytes", *bytes);
    results.done(record, "removed", "removed " + job_label(record), members.text());
}

Result<int> rm(const Arguments& arguments, Output& output) {
    attach::StopOrder order;
    const auto grace = duration_option(arguments, "grace", -1);
    if (!grace) return fail(grace.error());
    order.grace = *grace;
    order.by = attach::asked_by("rm -f");
    auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    const auto records = named_jobs(*registry, arguments.operands(), "rm", FromGlobs::all);
    if (!records) return fail(records.error());
    const bool force = arguments.has("force");
    const auto leftovers = force ? job::Leftovers::ignore : job::Leftovers::refuse;
    JobResults results(output);
    std::vector<job::Record> living;
    for (const job::Record& record : *records) {
        if (!force || !job::is_alive(record.condition)) {
            remove(*registry, record, leftovers, results);
            continue;
        }
        auto allowed = require_living(record);
        if (allowed) allowed = job::refuse_inside(record, "to remove it ends this command too");
        if (!allowed && job::is_inside(record))
            allowed.error().fix = "do it from outside of the job";
        if (allowed) living.push_back(record);
        else results.failed(record, allowed.error());
    }
    const auto wait =
        stop_jobs(*registry, living, order, output, [&](const attach::StopOutcome& outcome) {
            if (outcome.how == attach::StopOutcome::How::failed)
                results.failed(outcome.record, outcome.error);
            else remove(*registry, outcome.record, leftovers, results);
        });
    if (!wait) return fail(wait.error());
    const int code = results.finish();
    return *wait == StopWait::left ? 128 + SIGINT : code;
}

} // namespace

const Command rm_command_table{"rm",
                               {"remove"},
                               "ACT",
                               "Remove jobs that have ended, with their output.",
                               "[-f] JOB…",
                               "  outlast rm migrate      its record and its output go\n"
                               "  outlast rm -f 'train-*' those that run are stopped first\n",
                               rm_options,
                               Operands::anywhere,
                               true,
                               rm};

} // namespace outlast::cli
