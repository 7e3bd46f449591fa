// Removes jobs that are over.
#include "job/removal.hpp"

#include "base/text.hpp"
#include "job/liveliness.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/file_lock.hpp"
#include "twin/environment_links.hpp"

#include <poll.h>
#include <unistd.h>

namespace outlast::job {
namespace {

constexpr std::uint64_t stat_block = 512; // stat(2): st_blocks

std::uint64_t bytes_on_disk(const JobFolder& folder) {
    std::uint64_t bytes = 0;
    const auto names = sys::list_directory_at(folder.fd.get(), ".");
    if (!names) return 0;
    for (const std::string& name : *names) {
        struct stat info {};
        if (::fstatat(folder.fd.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0)
            bytes += static_cast<std::uint64_t>(info.st_blocks) * stat_block;
    }
    return bytes;
}

std::string removed_label(const Record& record) {
    return printable_line(record.name) + " (" + std::to_string(record.number) + ")";
}

/// Keeper and scribe hold the lock for a moment longer than the fate is to be read: what is locked
/// after they have left is held by something of the job itself.
bool is_held_by_leftovers(const JobFolder& folder, const Record& record) {
    constexpr Nanoseconds patience = 5 * ns_per_second;
    constexpr int pause_ms = 5;
    const Nanoseconds deadline = sys::boottime_now() + patience;
    while (is_locked(folder)) {
        const bool leaving = is_resident_of(record.keeper_pid, record.number) ||
                             is_resident_of(record.scribe_pid, record.number) ||
                             is_resident_in_exit(record.keeper_pid) ||
                             is_resident_in_exit(record.scribe_pid);
        if (!leaving || sys::boottime_now() > deadline) return is_locked(folder);
        ::poll(nullptr, 0, pause_ms);
    }
    return false;
}

/// A keeper that was killed has left its socket behind, and what lies beside it.
void remove_sockets(const Record& record) {
    const std::string name = "/" + record.id + ".sock";
    if (record.id.empty() || !record.socket.ends_with(name)) return;
    const std::string folder = record.socket.substr(0, record.socket.size() - name.size());
    const auto fd = sys::open_at(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    struct stat info {};
    if (!fd || ::fstat(fd->get(), &info) != 0 || info.st_uid != ::geteuid()) return;
    ::unlinkat(fd->get(), (record.id + ".sock").c_str(), 0);
    ::unlinkat(fd->get(), (record.id + std::string(twin::waiting_ending)).c_str(), 0);
    for (const twin::KnownLink& link : twin::known_links)
        ::unlinkat(fd->get(), (record.id + link.ending).c_str(), 0);
}

} // namespace

bool is_locked(const JobFolder& folder) {
    const auto fd = sys::open_at(folder.fd.get(), "lock", O_RDONLY);
    if (!fd) return false;
    const auto answer = sys::try_lock(fd->get(), sys::LockMode::shared);
    return answer && *answer == sys::LockAnswer::held_by_another;
}

Nanoseconds end_of(const JobFolder& folder, const Record& record) {
    if (record.fate && record.fate->ended > 0) return record.fate->ended;
    struct stat info {};
    const bool found = ::fstatat(folder.fd.get(), "state.json", &info, 0) == 0 ||
                       ::fstat(folder.fd.get(), &info) == 0;
    if (!found) return 0;
    return static_cast<Nanoseconds>(info.st_mtim.tv_sec) * ns_per_second + info.st_mtim.tv_nsec;
}

Result<std::uint64_t> remove_job(Registry& registry, const Record& record, Leftovers leftovers) {
    const auto folder = registry.open_folder(record.number);
    if (!folder) return fail(folder.error());
    if (is_alive(record.condition)) {
        return fail(Errc::refused, removed_label(record) + " is " + describe_condition(record), {},
                    "stop it and remove it: outlast rm -f " + std::to_string(record.number));
    }
    if (leftovers == Leftovers::refuse && is_held_by_leftovers(*folder, record)) {
        return fail(Errc::refused, "something of " + removed_label(record) + " still runs",
                    record.condition == Condition::damaged
                        ? record.damage
                        : "its command has ended, and left a process behind",
                    "outlast stop " + std::to_string(record.number) +
                        " ends it; outlast rm -f removes the job all the same");
    }
    const std::uint64_t bytes = bytes_on_disk(*folder);
    remove_sockets(record);
    if (auto removed = registry.remove(record.number); !removed) return fail(removed.error());
    return bytes;
}

} // namespace outlast::job
