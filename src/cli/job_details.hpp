// Everything that can be found out about one job, and how it is shown.
#pragma once

#include "base/json_writer.hpp"
#include "cli/output.hpp"
#include "job/registry.hpp"
#include "job/stable_paths.hpp"
#include "job/use_sample.hpp"
#include "log/live_block.hpp"
#include "wire/messages.hpp"

#include <optional>
#include <string>
#include <vector>

namespace outlast::cli {

/// One promise of the line "survives", with the reason when it does not hold.
struct Promise {
    const char* name;
    bool kept = false;
    std::string why;
};

struct JobDetails {
    job::Record record;
    std::string folder;
    std::vector<std::string> arguments; ///< argv, in bytes; empty when the spec cannot be read
    std::string last_line;              ///< printable
    std::optional<std::uint64_t> log_size;
    std::optional<Nanoseconds> last_output;
    std::uint64_t lost_bytes = 0; ///< dropped for want of space
    std::vector<log::Gap> gaps;
    std::uint64_t emptied_bytes = 0; ///< by the job itself
    std::uint32_t keeper_starts = 0;
    std::uint32_t scribe_starts = 0;
    std::optional<std::vector<wire::Viewer>> viewers; ///< nothing: its keeper was not asked
    std::vector<job::StablePath> stable_paths;
    wire::Offer newest_offer; ///< of the viewer that came last; pid 0: none
    std::optional<job::UseSample> use;
    std::vector<Promise> survives; ///< only what was checked; empty for an ended job
};

/// Reads the job's folder, asks its keeper who looks, checks what it survives. `use` is left out.
[[nodiscard]] JobDetails look_at_job(const job::Registry& registry, job::Record record,
                                     Nanoseconds now);

[[nodiscard]] std::string render_details(const JobDetails& details, Nanoseconds now,
                                         const Output& output);
/// As one object.
void put_details(JsonWriter& json, const JobDetails& details);

} // namespace outlast::cli
