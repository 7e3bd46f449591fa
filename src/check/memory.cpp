// The threat of running out of memory: the kernel's choice, and systemd-oomd's.
#include "base/text.hpp"
#include "check/cgroup_place.hpp"
#include "check/threats.hpp"
#include "sys/file.hpp"

#include <charconv>
#include <optional>

namespace outlast::check {
namespace {

constexpr std::int64_t never_chosen = -1000; // oom_score_adj, proc(5)
constexpr std::int64_t first_choice = 500;   // of oom_score, which goes to about 2000
constexpr std::uint64_t nearly_full = 90;    // per cent

std::optional<std::int64_t> read_number(const std::string& path) {
    const auto text = sys::read_file(path, 256);
    if (!text) return std::nullopt;
    const std::string_view digits = trim(*text);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

/// The path in the unified hierarchy (cgroups(7)); empty when there is none.
std::string unified_path(const std::string& cgroup) {
    for (const std::string_view line : split(cgroup, '\n')) {
        if (line.starts_with("0::")) return std::string(line.substr(3));
    }
    return {};
}

/// A limit of its control group or of one above it that is nearly reached.
std::string tight_limit(const std::string& path) {
    for (std::string at = path; at.size() > 1; at.resize(at.rfind('/'))) {
        const std::string folder = "/sys/fs/cgroup" + at;
        const auto most = read_number(folder + "/memory.max"); // "max": no number
        const auto now = read_number(folder + "/memory.current");
        if (most && now && *most > 0 &&
            *now >= *most / 100 * static_cast<std::int64_t>(nearly_full))
            return at;
        if (at.rfind('/') == std::string::npos) break;
    }
    return {};
}

} // namespace

/// What threatens all of a control group; nothing when nothing does.
std::string MemoryJudge::find_group_threat(const std::string& cgroup) const {
    const std::string path = unified_path(cgroup);
    if (const std::string group = tight_limit(path); !group.empty())
        return "its control group " + printable_line(group) + " has used 90 % of its memory";
    if (!path.empty() && read_number("/sys/fs/cgroup" + path + "/memory.oom.group") == 1)
        return "when one process of its control group is ended for want of memory, all are";
    if (m_oomd && parse_place(cgroup).kind == PlaceKind::user_manager)
        return "systemd-oomd runs, and may end all of its unit when memory gets short";
    return {};
}

Verdict MemoryJudge::judge(const Process& process) {
    const std::string folder = "/proc/" + std::to_string(process.pid());
    const auto score = read_number(folder + "/oom_score");
    const auto adjustment = read_number(folder + "/oom_score_adj");
    if (!score || !adjustment) return {Threat::memory, Mark::unknown, "its score may not be read"};
    if (*adjustment == never_chosen)
        return {Threat::memory, Mark::safe, "the kernel never ends it for want of memory"};
    auto group = m_groups.find(process.cgroup);
    if (group == m_groups.end())
        group = m_groups.emplace(process.cgroup, find_group_threat(process.cgroup)).first;
    if (!group->second.empty()) return {Threat::memory, Mark::at_risk, group->second};
    const std::string shown = "oom_score " + std::to_string(*score);
    if (*score >= first_choice + *adjustment / 2 && *adjustment > 0) {
        return {Threat::memory, Mark::at_risk,
                "the kernel ends it before others when memory runs out (" + shown +
                    ", oom_score_adj " + std::to_string(*adjustment) + ")"};
    }
    return {Threat::memory, Mark::safe,
            "nothing marks it as the first to end when memory runs out (" + shown + ")"};
}

} // namespace outlast::check
