// Finds the job that a user means.
#include "job/selector.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <fnmatch.h>
#include <ranges>

namespace outlast::job {
namespace {

bool is_glob(const std::string& text) { return text.find_first_of("*?[") != std::string::npos; }

std::string label(const Record& record) {
    return record.name + " (" + std::to_string(record.number) + ", " + describe_condition(record) +
           ")";
}

Failure no_such(const std::vector<Record>& records, const std::string& selector) {
    std::string fix = "all jobs: outlast ls -a";
    const Record* nearest = nullptr;
    std::size_t best = 3;
    for (const Record& record : records) {
        const std::size_t distance = edit_distance(record.name, selector);
        if (distance <= best && distance < std::max<std::size_t>(2, selector.size())) {
            best = distance;
            nearest = &record;
        }
    }
    if (nearest != nullptr) fix = "did you mean " + label(*nearest) + "?  " + fix;
    const bool number = parse_u64(selector).has_value();
    return fail(Errc::no_such_job,
                number ? "no job " + selector
                       : "no job called \"" + printable_line(selector) + "\"",
                {}, fix);
}

Result<Record> by_prefix(const std::vector<Record>& records, const std::string& selector) {
    std::vector<const Record*> found;
    for (const Record& record : records) {
        if (!record.name.starts_with(selector)) continue;
        const auto same = std::find_if(found.begin(), found.end(), [&](const Record* each) {
            return each->name == record.name;
        });
        if (same != found.end()) *same = &record;
        else found.push_back(&record);
    }
    if (found.empty()) return no_such(records, selector);
    if (found.size() == 1) return *found[0];
    std::string candidates;
    for (const Record* record : found)
        candidates += (candidates.empty() ? "" : ", ") + label(*record);
    return fail(Errc::ambiguous_job, "\"" + selector + "\" is the beginning of several names",
                candidates, "type more of the name, or the number");
}

std::optional<Record> by_pid(const std::vector<Record>& records, std::uint64_t pid) {
    for (const Record& record : std::views::reverse(records)) {
        if (record.pid == static_cast<pid_t>(pid) && is_alive(record.condition)) return record;
    }
    return std::nullopt;
}

} // namespace

Result<Record> select_job(const Registry& registry, const std::string& selector) {
    if (selector == "-") {
        const auto latest = registry.latest();
        if (!latest)
            return fail(Errc::no_such_job, "there are no jobs yet", {},
                        "outlast run COMMAND starts one");
        return read_record_at(registry.jobs_fd(), *latest);
    }
    const auto number = parse_u64(selector);
    if (number && registry.open_folder(*number) && !registry.is_in_making(*number))
        return read_record_at(registry.jobs_fd(), *number);
    if (!number) {
        if (const auto named = registry.by_name(selector)) return *named;
    }
    const auto records = registry.records();
    if (number) {
        if (auto record = by_pid(records, *number)) return *record;
        return no_such(records, selector);
    }
    for (const Record& record : std::views::reverse(records)) {
        if (record.name == selector || record.id == selector) return record;
    }
    return by_prefix(records, selector);
}

Result<std::vector<Record>> select_jobs(const Registry& registry,
                                        const std::vector<std::string>& selectors) {
    std::vector<Record> chosen;
    const auto add = [&chosen](const Record& record) {
        const bool there = std::any_of(chosen.begin(), chosen.end(), [&](const Record& each) {
            return each.number == record.number;
        });
        if (!there) chosen.push_back(record);
    };
    for (const std::string& selector : selectors) {
        if (!is_glob(selector)) {
            auto record = select_job(registry, selector);
            if (!record) return fail(record.error());
            add(*record);
            continue;
        }
        const std::size_t before = chosen.size();
        for (const Record& record : registry.records()) {
            if (::fnmatch(selector.c_str(), record.name.c_str(), 0) == 0) add(record);
        }
        if (chosen.size() == before)
            return fail(Errc::no_such_job, "no job matches '" + printable_line(selector) + "'", {},
                        "all jobs: outlast ls -a");
    }
    return chosen;
}

Result<Record> default_job(const Registry& registry) {
    const auto records = registry.records();
    const Record* living = nullptr;
    bool several = false;
    for (const Record& record : records) {
        if (!is_alive(record.condition)) continue;
        several = living != nullptr;
        living = &record;
    }
    if (living != nullptr && !several) return *living;
    if (records.empty())
        return fail(Errc::no_such_job, "there are no jobs yet", {},
                    "outlast run COMMAND starts one");
    return records.back();
}

} // namespace outlast::job
