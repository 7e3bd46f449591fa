// Where a process stands in the host's control groups.
#include "check/cgroup_place.hpp"

#include "base/text.hpp"
#include "sys/file.hpp"

#include <array>
#include <vector>

namespace outlast::check {
namespace {

/// How a batch system names the groups of its jobs: a part of the path, and what comes before the
/// job's name in a later one.
struct BatchSystem {
    const char* name;
    std::string_view root; ///< start of a component of the path
    std::string_view job;  ///< start of a component after that; empty: any
};
constexpr std::array<BatchSystem, 9> batch_systems{{{"Slurm", "slurm", "job_"},
                                                    {"PBS", "pbs_jobs.", "jobid"},
                                                    {"PBS", "pbspro.", "jobid"},
                                                    {"PBS", "pbs.", "jobid"},
                                                    {"Torque", "torque", ""},
                                                    {"LSF", "lsf", "job."},
                                                    {"Grid Engine", "UGE", ""},
                                                    {"HTCondor", "htcondor", "condor_"},
                                                    {"OAR", "oar", ""}}};

/// "Slurm job 812", or empty.
std::string find_allocation(const std::vector<std::string_view>& parts) {
    for (const BatchSystem& system : batch_systems) {
        bool below = false;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (below && parts[i].starts_with(system.job) && !parts[i].empty()) {
                std::string_view number = parts[i].substr(system.job.size());
                if (number.empty() && i + 1 < parts.size()) number = parts[i + 1];
                return printable_line(std::string(system.name) + " job " + std::string(number));
            }
            below = below || parts[i].starts_with(system.root);
        }
    }
    return {};
}

std::optional<uid_t> number_between(std::string_view text, std::string_view head,
                                    std::string_view tail) {
    if (!text.starts_with(head) || !text.ends_with(tail)) return std::nullopt;
    if (text.size() < head.size() + tail.size()) return std::nullopt;
    const auto value = parse_u64(text.substr(head.size(), text.size() - head.size() - tail.size()));
    if (!value) return std::nullopt;
    return static_cast<uid_t>(*value);
}

bool is_connection_service(std::string_view part) {
    return part.ends_with(".service") &&
           (part.starts_with("sshd@") || part.starts_with("ssh@") || part.starts_with("dropbear@"));
}

Place judge_path(std::string_view path) {
    Place place;
    place.path = path;
    const auto parts = split(path, '/');
    for (const std::string_view part : parts) {
        if (const auto uid = number_between(part, "user-", ".slice")) place.owner = uid;
        if (const auto uid = number_between(part, "user@", ".service")) {
            place.owner = uid;
            place.kind = PlaceKind::user_manager;
            place.unit = part;
        } else if (place.kind != PlaceKind::elsewhere) {
            continue;
        } else if (part.starts_with("session-") && part.ends_with(".scope")) {
            place.kind = PlaceKind::session;
            place.unit = part;
        } else if (is_connection_service(part)) {
            place.kind = PlaceKind::connection;
            place.unit = part;
        }
    }
    place.unit = printable_line(place.unit);
    return place;
}

} // namespace

Place parse_place(std::string_view cgroup) {
    // With v1 and v2 side by side systemd's own tree is "name=systemd", and the v2 one may be
    // empty; with v2 alone there is the line "0::" only.
    std::string_view unified;
    std::string_view named;
    for (const std::string_view line : split(cgroup, '\n')) {
        const auto fields = split(line, ':');
        if (fields.size() < 3) continue;
        const std::string_view path =
            line.substr(fields[0].size() + fields[1].size() + 2); // may hold colons itself
        if (const std::string allocation = find_allocation(split(path, '/')); !allocation.empty())
            return {PlaceKind::allocation, std::string(path), allocation, std::nullopt};
        if (fields[1].empty()) unified = path;
        if (fields[1] == "name=systemd") named = path;
    }
    return judge_path(named.size() > 1 ? named : unified);
}

Place find_place(pid_t pid) {
    const std::string process = pid == 0 ? "self" : std::to_string(pid);
    const auto text = sys::read_file("/proc/" + process + "/cgroup", 65536);
    if (text) return parse_place(*text);
    // A kernel without control groups has no such file, and nobody to end anything by them.
    Place place;
    if (!text.error().is_errno(ENOENT)) place.kind = PlaceKind::unreadable;
    return place;
}

} // namespace outlast::check
