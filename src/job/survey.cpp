// All jobs as they are at this moment.
#include "job/survey.hpp"

#include "job/liveliness.hpp"
#include "job/recover.hpp"

namespace outlast::job {

void refresh(const JobFolder& folder, Record& record, Nanoseconds now) {
    if (!is_alive(record.condition) || !record.here) return;
    // Nothing is lost when it cannot be done now: the next one who looks tries again.
    if (is_orphaned(record) && revive(folder, record)) record = read_record(folder);
    look_closer(folder, record, now);
}

std::vector<Record> survey(const Registry& registry, Nanoseconds now) {
    std::vector<Record> records = registry.records();
    for (Record& record : records) {
        if (!is_alive(record.condition) || !record.here) continue;
        if (const auto folder = registry.open_folder(record.number)) refresh(*folder, record, now);
    }
    return records;
}

} // namespace outlast::job
