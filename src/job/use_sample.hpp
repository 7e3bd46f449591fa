// What jobs use at this moment: two looks at /proc, a short time apart.
#pragma once

#include "base/duration.hpp"
#include "job/record.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace outlast::job {

/// Of a job's command and everything below it.
struct UseSample {
    std::vector<pid_t> processes; ///< the command first
    double cpu_percent = 0;       ///< of one processor, while we looked
    Nanoseconds cpu_total = 0;    ///< of the processes that live now, since they began
    std::uint64_t memory = 0;     ///< bytes resident
    double read_rate = 0;         ///< bytes per second from storage
    double write_rate = 0;
    bool io_known = false;
    Nanoseconds span = 0; ///< how long we looked
};

/// One entry a record: nothing for a job that has ended or runs elsewhere. Sleeps for `span` once,
/// and not at all when none of them lives.
[[nodiscard]] std::vector<std::optional<UseSample>> sample_use(const std::vector<Record>& records,
                                                               Nanoseconds span);

} // namespace outlast::job
