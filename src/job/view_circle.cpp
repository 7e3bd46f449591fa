// Whether a job's output would come back into the job, by way of viewers in other jobs.
#include "job/view_circle.hpp"

#include "base/text.hpp"
#include "job/keeper_connection.hpp"
#include "sys/process_info.hpp"

#include <set>
#include <unistd.h>

namespace outlast::job {
namespace {

/// The living job that the process was started in, as its environment tells.
std::optional<Record> job_around(const Registry& registry, pid_t pid) {
    const auto number = parse_u64(sys::read_environment(pid, "OUTLAST_JOB"));
    if (!number || registry.jobs_fd() < 0) return std::nullopt;
    Record record = read_record_at(registry.jobs_fd(), *number);
    const bool is_it = record.id == sys::read_environment(pid, "OUTLAST_ID");
    if (!is_it || !is_alive(record.condition) || !record.here) return std::nullopt;
    return record;
}

/// Their pids; none when the keeper does not answer.
std::vector<pid_t> viewers_of(const Registry& registry, const Record& record) {
    std::vector<pid_t> pids;
    const auto folder = registry.open_folder(record.number);
    if (!folder) return pids;
    auto keeper = KeeperConnection::connect(*folder, record);
    if (!keeper) return pids;
    const auto viewers = keeper->get_viewers();
    if (!viewers) return pids;
    for (const wire::Viewer& viewer : *viewers) pids.push_back(static_cast<pid_t>(viewer.pid));
    return pids;
}

} // namespace

Result<> refuse_circle(const Registry& registry, const Record& record) {
    std::set<std::uint64_t> known;
    std::vector<pid_t> screens{::getpid()};
    while (!screens.empty()) {
        const auto around = job_around(registry, screens.back());
        screens.pop_back();
        if (!around || !known.insert(around->number).second) continue;
        if (around->number == record.number) {
            return fail(Errc::refused,
                        "what this shows is shown in job " + std::to_string(record.number) + " \"" +
                            printable_line(record.name) + "\"",
                        "its output would go round in circles",
                        "leave the viewer there first, or add --force");
        }
        for (const pid_t pid : viewers_of(registry, *around)) screens.push_back(pid);
    }
    return {};
}

} // namespace outlast::job
