// outlast pause and outlast resume.
#include "cli/adopted_text.hpp"
#include "cli/commands.hpp"
#include "cli/job_operands.hpp"
#include "cli/job_results.hpp"
#include "job/inside.hpp"
#include "job/keeper_connection.hpp"

namespace outlast::cli {
namespace {

constexpr Option pause_options[] = {
    {"force", 0, Takes::nothing, nullptr, "pause even the job that this is inside of"},
};

/// One of the two, as words.
struct Verb {
    const char* name;
    const char* past;
    wire::FrameType request;
    bool pauses;
};
constexpr Verb pausing{"pause", "paused", wire::FrameType::pause, true};
constexpr Verb resuming{"resume", "resumed", wire::FrameType::resume, false};

Result<> act_on(const job::Registry& registry, const job::Record& record, const Verb& verb) {
    const auto folder = registry.open_folder(record.number);
    if (!folder) return fail(folder.error());
    auto connection = job::KeeperConnection::connect(*folder, record);
    if (!connection) return fail(connection.error());
    return connection->request(wire::bare_frame(verb.request));
}

void done_now(JobResults& results, const job::Record& record, const Verb& verb,
              const Output& output) {
    results.done(record, verb.past, std::string(verb.past) + " " + job_label(record));
    const std::string hazard = verb.pauses ? pause_hazard(record) : "";
    if (!hazard.empty()) output.remark(job_label(record) + ": " + hazard);
}

Result<int> act(const Arguments& arguments, const Output& output, const Verb& verb) {
    const auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    const auto records =
        named_jobs(*registry, arguments.operands(), verb.name, FromGlobs::living_only);
    if (!records) return fail(records.error());
    if (records->empty()) output.remark("none of these runs");
    JobResults results(output);
    for (const job::Record& record : *records) {
        auto done = require_living(record);
        if (done && verb.pauses && !arguments.has("force"))
            done = job::refuse_inside(record, "to pause it stops this command too");
        const bool was_paused = record.condition == job::Condition::paused;
        // Asked again even when nothing seems to change: a process may have been stopped or
        // continued behind the keeper's back.
        if (done) done = act_on(*registry, record, verb);
        if (!done) results.failed(record, done.error());
        else if (was_paused == verb.pauses)
            results.done(record, verb.pauses ? "already-paused" : "already-running",
                         job_label(record) +
                             (verb.pauses ? " was paused already" : " was not paused"));
        else done_now(results, record, verb, output);
    }
    return results.finish();
}

Result<int> pause(const Arguments& arguments, Output& output) {
    return act(arguments, output, pausing);
}

Result<int> resume(const Arguments& arguments, Output& output) {
    return act(arguments, output, resuming);
}

} // namespace

const Command pause_command_table{
    "pause",
    {},
    "ACT",
    "Hold a job: all its processes stop where they are.",
    "JOB…",
    "  outlast pause backup     it uses no CPU until outlast resume backup\n"
    "  outlast pause 'train-*'  several\n",
    pause_options,
    Operands::anywhere,
    true,
    pause};

const Command resume_command_table{"resume", {},
                                   "ACT",    "Let a paused job go on.",
                                   "JOB…",   "  outlast resume backup\n",
                                   {},       Operands::anywhere,
                                   true,     resume};

} // namespace outlast::cli
