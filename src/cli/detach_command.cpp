// outlast detach: sends viewers away from a job.
#include "cli/commands.hpp"
#include "cli/job_operands.hpp"
#include "cli/job_results.hpp"
#include "job/inside.hpp"
#include "job/keeper_connection.hpp"
#include "job/selector.hpp"

#include <algorithm>
#include <unistd.h>

namespace outlast::cli {
namespace {

constexpr Option detach_options[] = {
    {"viewer", 0, Takes::value, "PID", "only this one (outlast status JOB lists them)"},
};

/// The job named, or the one that this runs in: what is typed in a job's own shell means that job.
Result<job::Record> choose_watched(const job::Registry& registry, const Arguments& arguments) {
    if (arguments.operands().size() > 1) return fail(Errc::usage, "detach takes one job");
    if (!arguments.operands().empty()) return job::select_job(registry, arguments.operands()[0]);
    if (auto record = job::surrounding_job(registry)) return std::move(*record);
    return fail(Errc::usage, "detach which job?", "this does not run inside one",
                "outlast detach JOB; outlast ls lists them");
}

std::string asker() {
    return "outlast detach (uid " + std::to_string(::getuid()) + ", pid " +
           std::to_string(::getpid()) + ")";
}

/// How many were sent away.
Result<std::size_t> dismiss(const job::JobFolder& folder, const job::Record& record,
                            std::int32_t pid) {
    auto connection = job::KeeperConnection::connect(folder, record);
    if (!connection) return fail(connection.error());
    const auto viewers = connection->get_viewers();
    if (!viewers) return fail(viewers.error());
    const auto count = std::count_if(viewers->begin(), viewers->end(), [pid](const auto& viewer) {
        return pid == 0 || viewer.pid == pid;
    });
    if (count == 0) return std::size_t{0};
    auto done = connection->request(wire::to_frame(wire::Dismiss{pid, asker()}));
    if (!done) return fail(done.error());
    return static_cast<std::size_t>(count);
}

Result<int> detach(const Arguments& arguments, Output& output) {
    const auto pid = number_option(arguments, "viewer", 0);
    if (!pid) return fail(pid.error());
    const auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    const auto record = choose_watched(*registry, arguments);
    if (!record) return fail(record.error());
    const auto folder = registry->open_folder(record->number);
    if (!folder) return fail(folder.error());
    const auto count = dismiss(*folder, *record, static_cast<std::int32_t>(*pid));
    if (!count) return fail(count.error());
    if (*count == 0 && *pid != 0) {
        return fail(Errc::refused,
                    "nobody with pid " + std::to_string(*pid) + " looks at " + job_label(*record),
                    {}, "outlast status " + record->name + " lists its viewers");
    }
    JobResults results(output);
    const std::string people = std::to_string(*count) + (*count == 1 ? " viewer" : " viewers");
    results.done(*record, "detached",
                 *count == 0 ? "nobody looks at " + job_label(*record)
                             : "sent " + people + " away from " + job_label(*record));
    return results.finish();
}

} // namespace

const Command detach_command_table{
    "detach",
    {},
    "ACT",
    "Send those away who look at a job; it runs on.",
    "[JOB]",
    "  outlast detach migrate           everybody, also one whose connection hangs\n"
    "  outlast detach migrate --viewer 4711\n"
    "  outlast detach                   typed inside a job: from that one\n",
    detach_options,
    Operands::anywhere,
    true,
    detach};

} // namespace outlast::cli
