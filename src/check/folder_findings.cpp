// Whether the folders for jobs and sockets can do what they have to.
#include "check/folder_findings.hpp"

#include "base/duration.hpp"
#include "base/text.hpp"
#include "job/paths.hpp"
#include "sys/file.hpp"
#include "sys/file_system.hpp"
#include "sys/kernel_probe.hpp"
#include "sys/unix_socket.hpp"

#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

namespace outlast::check {
namespace {

/// The nearest directory above that exists: there it would be made.
std::string existing_part(std::string path) {
    while (path.size() > 1 && !sys::exists(path))
        path.resize(std::max<std::size_t>(1, path.rfind('/')));
    return path;
}

Finding judge_room(const sys::FileSystem& system, const std::string& path) {
    constexpr std::uint64_t reserve_parts = 20; // the last 5 % are never taken
    constexpr std::uint64_t few_files = 1000;   // a job takes about ten
    constexpr std::uint64_t little = std::uint64_t{1} << 30;
    const std::string room = format_size(system.free_bytes) + " free";
    if (system.bytes > 0 && system.free_bytes < system.bytes / reserve_parts)
        return {Health::risk, "space",
                room + " at " + path +
                    ", less than 5 %: old output is dropped, and then new output too",
                "make room, or give --state-dir another place"};
    if (system.files > 0 && system.free_files < few_files)
        return {Health::risk, "space",
                std::to_string(system.free_files) + " files can still be made at " + path +
                    ", and a job takes ten",
                "remove files, for instance with outlast prune"};
    if (system.free_bytes < little)
        return {Health::note, "space", room + " at " + path, "outlast prune --older 7d"};
    return {Health::good, "space", room};
}

Finding judge_privacy(const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0 || (info.st_mode & 077) == 0 || info.st_uid != ::geteuid())
        return {Health::good, "privacy", "nobody else can enter the jobs' folder"};
    return {Health::note,
            "privacy",
            "others may enter " + path + "; each job's own folder is closed to them",
            "chmod 700 " + shell_quote(path),
            Mend::make_private,
            path};
}

/// With Kerberos the server asks for a ticket that a login has brought.
bool has_kerberos(const std::string& path) {
    const auto mounts = sys::read_file("/proc/self/mounts", std::size_t{4} << 20);
    if (!mounts) return false;
    std::string_view longest;
    std::string_view options;
    for (const std::string_view line : split(*mounts, '\n')) {
        const auto fields = split(line, ' ');
        if (fields.size() < 4 || !path.starts_with(fields[1])) continue;
        if (fields[1].size() >= longest.size()) {
            longest = fields[1];
            options = fields[3];
        }
    }
    return options.find("sec=krb5") != std::string_view::npos;
}

void find_state_risks(Findings& findings) {
    const auto state = job::state_directory();
    if (!state) {
        findings.push_back({Health::risk, "state", state.error().message(), state.error().fix});
        return;
    }
    const std::string shown = printable_line(*state);
    const std::string there = existing_part(*state);
    if (const auto made = sys::try_making_file(there); !made) {
        findings.push_back(
            {Health::risk, "state",
             "jobs cannot be kept in " + shown + ": " + printable_line(made.error().message()),
             "give --state-dir or OUTLAST_STATE_DIR a directory of yours"});
        return;
    }
    const auto system = sys::file_system_of(there);
    if (!system) {
        findings.push_back({Health::unknown, "state", system.error().message()});
        return;
    }
    for (Finding& finding : judge_file_system(*system, shown))
        findings.push_back(std::move(finding));
    if (system->kind.network && has_kerberos(there))
        findings.push_back({Health::unknown, "state",
                            shown + " is mounted with Kerberos: a job may write there only until "
                                    "your ticket ends",
                            "renew it from the job, for instance with k5start or krenew"});
    if (!sys::locks_work(there))
        findings.push_back({Health::note, "locks",
                            "files cannot be locked at " + shown +
                                ": whether a job lives is told by its processes, on this host only",
                            "give --state-dir a directory on a local disk"});
    if (!sys::can_punch_holes(there))
        findings.push_back(
            {Health::note, "log",
             "old output cannot be freed at " + shown + ": a log grows on beyond its bound",
             "give --state-dir a directory on another file system"});
    if (there == *state) findings.push_back(judge_privacy(*state));
}

void find_socket_risks(Findings& findings) {
    const auto sockets = job::open_socket_directory();
    if (!sockets) {
        const Error& error = sockets.error();
        Finding finding{Health::risk, "sockets", error.message(), error.fix};
        if (error.fix.starts_with("chmod 700 ")) {
            finding.mend = Mend::make_private;
            finding.path = "/tmp/outlast-" + std::to_string(::geteuid());
            if (const char* own = std::getenv("OUTLAST_RUNTIME_DIR")) finding.path = own;
        }
        findings.push_back(std::move(finding));
        return;
    }
    const std::string name = "doctor-" + std::to_string(::getpid());
    const auto listener = sys::listen_at(sockets->fd.get(), name, 1);
    const bool answers = listener && sys::connect_at(sockets->fd.get(), name);
    ::unlinkat(sockets->fd.get(), name.c_str(), 0);
    const std::string path = printable_line(sockets->path);
    if (answers)
        findings.push_back({Health::good, "sockets", "in " + path + ", which outlives a login"});
    else
        findings.push_back({Health::risk, "sockets",
                            "no socket can be made in " + path +
                                ": a job would run, and could not be attached to or stopped",
                            "give OUTLAST_RUNTIME_DIR a private directory on a local disk"});
}

} // namespace

Findings judge_file_system(const sys::FileSystem& system, const std::string& path) {
    const sys::FileSystemKind& kind = system.kind;
    const std::string name = *kind.name != '\0' ? kind.name : "a file system not known to us";
    const std::string what = "jobs are kept in " + path + ", on " + name;
    Findings findings;
    if (kind.needs_ticket)
        findings.push_back({Health::unknown, "state",
                            what + ": a job may write there only until your token ends",
                            "renew it from the job, for instance with k5start or krenew"});
    else if (kind.leaves_at_logout)
        findings.push_back({Health::unknown, "state",
                            what + ": it may be closed at your last logout, with the jobs' output",
                            "give --state-dir a directory outside of it"});
    else if (kind.memory)
        findings.push_back({Health::risk, "state",
                            what + ": in memory, so the record of all jobs is lost in a reboot",
                            "give --state-dir a directory on a disk"});
    else if (kind.network)
        findings.push_back({Health::note,
                            "state",
                            what + ": seen from every host that has it; readers look at it now "
                                   "and then instead of being told",
                            {}});
    else findings.push_back({Health::good, "state", what});
    findings.push_back(judge_room(system, path));
    return findings;
}

Findings find_folder_risks() {
    Findings findings;
    find_state_risks(findings);
    find_socket_risks(findings);
    return findings;
}

} // namespace outlast::check
