// outlast status: everything about one job.
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/job_details.hpp"
#include "cli/job_operands.hpp"
#include "job/selector.hpp"
#include "sys/clock.hpp"

namespace outlast::cli {
namespace {

constexpr Option status_options[] = {
    {"exit-status", 0, Takes::nothing, nullptr, "exit as the job did; 124 while it runs"},
};

constexpr Nanoseconds status_sample_span = 200 * ns_per_ms;
constexpr int still_runs = 124;
constexpr int not_known = 125;

Result<std::vector<job::Record>> choose_all(const job::Registry& registry,
                                            const Arguments& arguments, const Output& output) {
    if (!arguments.operands().empty()) return job::select_jobs(registry, arguments.operands());
    auto record = job::default_job(registry);
    if (!record) return fail(record.error());
    output.remark("this is " + job_label(*record));
    return std::vector{std::move(*record)};
}

/// Of several jobs the first that is not 0 decides.
int exit_status_of(const std::vector<JobDetails>& jobs) {
    for (const JobDetails& job : jobs) {
        const bool damaged = job.record.condition == job::Condition::damaged;
        const int code = damaged           ? not_known
                         : job.record.fate ? job::exit_code_of(*job.record.fate)
                                           : still_runs;
        if (code != 0) return code;
    }
    return 0;
}

void print(const std::vector<JobDetails>& jobs, Nanoseconds now, const Output& output) {
    if (output.json) {
        JsonWriter json;
        json.begin_object().member("schema_version", 1).key("jobs").begin_array();
        for (const JobDetails& job : jobs) put_details(json, job);
        return output.print_line(json.end_array().end_object().text());
    }
    std::string text;
    for (const JobDetails& job : jobs) {
        if (output.quiet) {
            text += std::to_string(job.record.number) + "\n";
            continue;
        }
        if (!text.empty()) text += "\n";
        text += render_details(job, now, output);
    }
    output.print(text);
}

Result<int> show_status(const Arguments& arguments, Output& output) {
    const auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    auto records = choose_all(*registry, arguments, output);
    if (!records) return fail(records.error());
    const Nanoseconds now = sys::realtime_now();
    std::vector<JobDetails> jobs;
    jobs.reserve(records->size());
    for (job::Record& record : *records)
        jobs.push_back(look_at_job(*registry, std::move(record), now));
    if (!output.quiet) {
        std::vector<job::Record> now_known;
        now_known.reserve(jobs.size());
        for (const JobDetails& job : jobs) now_known.push_back(job.record);
        const auto samples = job::sample_use(now_known, status_sample_span);
        for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].use = samples[i];
    }
    print(jobs, now, output);
    return arguments.has("exit-status") ? exit_status_of(jobs) : 0;
}

} // namespace

const Command status_command_table{
    "status",
    {"inspect", "show"},
    "LOOK",
    "Show everything about a job: state, output, use, what it survives.",
    "[JOB…]",
    "  outlast status backup                 one screen\n"
    "  outlast status --exit-status backup   exit as it did; 124 while it runs\n"
    "  outlast status --json 'train-*'       all of it, for programs\n",
    status_options,
    Operands::anywhere,
    true,
    show_status};

} // namespace outlast::cli
