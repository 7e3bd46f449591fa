// Removes jobs that ended long ago.
#include "job/prune.hpp"

#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/private_umask.hpp"

namespace outlast::job {
namespace {

constexpr Nanoseconds day = 86400 * ns_per_second;

/// True once a day, for one caller: makes the marker's time the present one.
bool day_has_passed(const Registry& registry) {
    const std::string path = registry.path() + "/pruned";
    struct stat info {};
    const Nanoseconds now = sys::realtime_now();
    if (::stat(path.c_str(), &info) == 0) {
        const Nanoseconds last = static_cast<Nanoseconds>(info.st_mtim.tv_sec) * ns_per_second;
        // A marker from the future is from a clock that was set.
        if (last <= now && now - last < day) return false;
    }
    const sys::PrivateUmask umask;
    const auto marker = sys::open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_NOFOLLOW);
    return marker && ::futimens(marker->get(), nullptr) == 0;
}

} // namespace

void prune(Registry& registry, const PruneRules& rules,
           const std::function<void(const Pruned&)>& report) {
    const Nanoseconds begun = sys::boottime_now();
    for (const std::uint64_t number : registry.numbers()) {
        if (rules.budget > 0 && sys::boottime_now() - begun > rules.budget) return;
        const Record record = read_record_at(registry.jobs_fd(), number);
        if (record.condition == Condition::damaged || is_alive(record.condition)) continue;
        const auto folder = registry.open_folder(number);
        if (!folder) continue;
        const Nanoseconds ended = end_of(*folder, record);
        if (rules.now - ended < rules.older) continue;
        Pruned pruned{number, record.id, record.name, ended, 0};
        if (rules.dry_run && is_locked(*folder)) continue;
        if (!rules.dry_run) {
            const auto bytes = remove_job(registry, record, Leftovers::refuse);
            if (!bytes) continue;
            pruned.bytes = *bytes;
        }
        report(pruned);
    }
}

void prune_now_and_then(Registry& registry, Nanoseconds keep) {
    if (keep <= 0 || registry.jobs_fd() < 0 || !day_has_passed(registry)) return;
    PruneRules rules;
    rules.older = keep;
    rules.now = sys::realtime_now();
    rules.budget = 20 * ns_per_ms;
    prune(registry, rules, [](const Pruned&) {});
}

} // namespace outlast::job
