// The jobs that a command line names.
#include "cli/job_operands.hpp"

#include "base/text.hpp"
#include "job/selector.hpp"

#include <algorithm>

namespace outlast::cli {
namespace {

bool is_glob(const std::string& selector) {
    return selector.find_first_of("*?[") != std::string::npos;
}

} // namespace

std::string job_label(const job::Record& record) {
    return printable_line(record.name) + " (" + std::to_string(record.number) + ")";
}

Result<job::Record> job_or_default(const job::Registry& registry,
                                   const std::vector<std::string>& operands, const Output& output) {
    if (!operands.empty()) return job::select_job(registry, operands[0]);
    auto record = job::default_job(registry);
    if (record) output.remark("this is " + job_label(*record));
    return record;
}

Result<std::vector<job::Record>> named_jobs(const job::Registry& registry,
                                            const std::vector<std::string>& selectors,
                                            std::string_view command, FromGlobs from_globs) {
    if (selectors.empty()) {
        return fail(Errc::usage, "outlast " + std::string(command) + " needs the name of a job",
                    "it never guesses which one is meant",
                    "outlast " + std::string(command) + " JOB; all jobs: outlast ls -a");
    }
    std::vector<job::Record> chosen;
    for (const std::string& selector : selectors) {
        const auto records = job::select_jobs(registry, {selector});
        if (!records) return fail(records.error());
        for (const job::Record& record : *records) {
            const bool skipped = is_glob(selector) && from_globs == FromGlobs::living_only &&
                                 record.condition != job::Condition::damaged &&
                                 !job::is_alive(record.condition);
            const bool there =
                std::any_of(chosen.begin(), chosen.end(),
                            [&](const job::Record& each) { return each.number == record.number; });
            if (!skipped && !there) chosen.push_back(record);
        }
    }
    return chosen;
}

Result<> require_living(const job::Record& record) {
    if (record.condition == job::Condition::damaged) {
        return fail(Errc::damaged, "job " + std::to_string(record.number) + " is damaged",
                    record.damage, "outlast status " + std::to_string(record.number));
    }
    if (record.fate) {
        return fail(Errc::already_ended,
                    job_label(record) + " has ended: " + job::describe_fate(*record.fate), {},
                    "start it again: outlast restart " + printable_line(record.name));
    }
    if (!record.here) {
        return fail(Errc::refused, job_label(record) + " runs on " + printable_line(record.host),
                    "its keeper is on that host",
                    "ssh " + printable_line(record.host) + " outlast …");
    }
    return {};
}

Result<> require_screen(const job::Record& record) {
    if (record.terminal && record.keeps_log) return {};
    return fail(Errc::refused, job_label(record) + " has no screen",
                record.terminal ? "it was started with --no-log" : "it runs without a terminal",
                "outlast logs " + printable_line(record.name));
}

} // namespace outlast::cli
