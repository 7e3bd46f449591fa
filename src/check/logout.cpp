// The threat of a logout: what the host does with a user's processes and directories.
#include "base/text.hpp"
#include "check/program_role.hpp"
#include "check/threats.hpp"

#include <algorithm>

namespace outlast::check {
namespace {

/// Something below /run/user/UID that it works with: its directory, or an open file.
std::string runtime_file(const Process& process) {
    const std::string folder = "/run/user/" + std::to_string(process.status.uids.real);
    const auto below = [&](const std::string& path) {
        return path == folder || path.starts_with(folder + "/");
    };
    if (below(process.directory)) return process.directory;
    const auto file = std::find_if(process.files.begin(), process.files.end(),
                                   [&](const OpenFile& each) { return below(each.target); });
    return file == process.files.end() ? std::string() : file->target;
}

} // namespace

Verdict judge_logout(Analysis& analysis, const Process& process) {
    Verdict verdict = analysis.of_logout(process);
    if (verdict.mark != Mark::safe) return verdict;
    const Place place = parse_place(process.cgroup);
    const std::string file = runtime_file(process);
    // While something of a session's scope lives, its user is not gone for logind, and keeps it.
    if (!file.empty() && place.kind != PlaceKind::session &&
        lingers(process.status.uids.real) != true) {
        return {Threat::logout, Mark::at_risk,
                "it uses " + printable_line(file) + ", which is removed after the last logout",
                "loginctl enable-linger"};
    }
    verdict.reason = "nothing on this host ends it at logout";
    return verdict;
}

} // namespace outlast::check
