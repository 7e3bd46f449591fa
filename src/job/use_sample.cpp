// What jobs use at this moment.
#include "job/use_sample.hpp"

#include "sys/clock.hpp"
#include "sys/process_info.hpp"
#include "sys/process_use.hpp"

#include <algorithm>
#include <poll.h>

namespace outlast::job {
namespace {

/// Whether the pid still is the job's command and not a later process with its number.
bool is_there(const Record& record) {
    if (!is_alive(record.condition) || !record.here || record.pid <= 0) return false;
    const auto stat = sys::read_process_stat(record.pid);
    return stat && stat->start_ticks == record.pid_start && stat->state != 'Z';
}

struct Look {
    Nanoseconds at = 0;
    std::vector<pid_t> processes;
    sys::ProcessUse use;
};

Look look_at(std::vector<pid_t> processes) {
    Look look;
    look.at = sys::boottime_now();
    look.use = sys::read_process_use(processes);
    look.processes = std::move(processes);
    return look;
}

UseSample compare(const Look& before, const Look& after) {
    UseSample sample;
    sample.processes = before.processes;
    sample.span = std::max<Nanoseconds>(1, after.at - before.at);
    const auto rate = [&](auto first, auto second) {
        // A process that ended meanwhile takes its counters along.
        return second > first ? static_cast<double>(second - first) * ns_per_second /
                                    static_cast<double>(sample.span)
                              : 0.0;
    };
    constexpr double percent = 100.0;
    sample.cpu_percent = rate(before.use.cpu, after.use.cpu) / ns_per_second * percent;
    sample.cpu_total = std::max(before.use.cpu, after.use.cpu);
    sample.memory = after.use.memory > 0 ? after.use.memory : before.use.memory;
    sample.read_rate = rate(before.use.read_bytes, after.use.read_bytes);
    sample.write_rate = rate(before.use.written_bytes, after.use.written_bytes);
    sample.io_known = before.use.io_known;
    return sample;
}

} // namespace

std::vector<std::optional<UseSample>> sample_use(const std::vector<Record>& records,
                                                 Nanoseconds span) {
    std::vector<std::optional<Look>> before;
    bool any = false;
    for (const Record& record : records) {
        before.emplace_back();
        if (!is_there(record)) continue;
        before.back() = look_at(sys::glance_at_descendants(record.pid));
        any = true;
    }
    if (any) ::poll(nullptr, 0, static_cast<int>(span / ns_per_ms));
    std::vector<std::optional<UseSample>> samples;
    for (const auto& look : before) {
        samples.emplace_back();
        if (look) samples.back() = compare(*look, look_at(look->processes));
    }
    return samples;
}

} // namespace outlast::job
