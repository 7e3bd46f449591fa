// Whether this process runs inside a job.
#include "job/inside.hpp"

#include "base/text.hpp"
#include "job/selector.hpp"
#include "sys/process_info.hpp"

#include <cstdlib>
#include <unistd.h>

namespace outlast::job {

bool is_inside(const Record& record) {
    if (!is_alive(record.condition) || !record.here) return false;
    const char* id = std::getenv("OUTLAST_ID");
    if (id != nullptr && !record.id.empty() && record.id == id) return true;
    for (pid_t pid = ::getppid(); pid > 1;) {
        const auto stat = sys::read_process_stat(pid);
        if (!stat) return false;
        if (pid == record.pid && stat->start_ticks == record.pid_start) return true;
        pid = stat->parent;
    }
    return false;
}

std::optional<Record> surrounding_job(const Registry& registry) {
    if (const char* number = std::getenv("OUTLAST_JOB")) {
        auto record = select_job(registry, number);
        if (record && is_inside(*record)) return std::move(*record);
    }
    // sudo and the like clear the environment.
    for (Record& record : registry.records()) {
        if (is_inside(record)) return std::move(record);
    }
    return std::nullopt;
}

Result<> refuse_inside(const Record& record, std::string_view why) {
    if (!is_inside(record)) return {};
    return fail(Errc::refused,
                "this is inside job " + std::to_string(record.number) + " \"" +
                    printable_line(record.name) + "\"",
                std::string(why), "to do it all the same, add --force");
}

} // namespace outlast::job
