// What is promised of a job that is started here: where it is put, and what that is worth.
#pragma once

#include "check/host_survival.hpp"
#include "job/launch.hpp"

#include <string>

namespace outlast::cli {

/// Found out before the start, by this process's own place. On a host that ends nobody's processes
/// it costs the reading of a few small files.
struct Outlook {
    check::Survival here; ///< what would become of a job that stays with us
    job::Placement placement = job::Placement::with_caller;
};
[[nodiscard]] Outlook look_ahead();

/// What became of it: judged anew by where the started job is now, unless staying was good enough
/// and `sure` is not asked for.
enum class Sure { good_enough, ask_again };
[[nodiscard]] check::Survival look_back(const Outlook& outlook, const job::Started& started,
                                        Sure sure);

/// Of a job that was adopted: its keeper's pid tells it from others with this number.
[[nodiscard]] std::string scope_name(std::uint64_t number, pid_t keeper);

/// "it will be ended 10s after your last logout, because you do not linger: loginctl …".
[[nodiscard]] std::string describe_risk(const check::Survival& survival);

} // namespace outlast::cli
