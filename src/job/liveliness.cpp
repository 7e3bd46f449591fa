// Whether a job without a recorded fate lives, and what it does.
#include "job/liveliness.hpp"

#include "base/text.hpp"
#include "sys/clock.hpp"
#include "sys/exit_status.hpp"
#include "sys/file.hpp"
#include "sys/file_lock.hpp"
#include "sys/process_info.hpp"
#include "sys/process_use.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace outlast::job {
namespace {

enum class Lock { held, free, cannot_tell };

Lock probe_lock(int jobs_directory, const std::string& folder) {
    const auto fd = sys::open_at(jobs_directory, folder + "/lock", O_RDONLY | O_NONBLOCK);
    if (!fd) return Lock::cannot_tell;
    const auto answer = sys::try_lock(fd->get(), sys::LockMode::shared);
    if (!answer) return Lock::cannot_tell;
    return *answer == sys::LockAnswer::held_by_another ? Lock::held : Lock::free;
}

bool process_lives(pid_t pid, std::uint64_t start) {
    const auto stat = sys::read_process_stat(pid);
    return stat && stat->start_ticks == start && stat->state != 'Z';
}

Condition condition_of_phase(const std::string& phase) {
    if (phase == "paused") return Condition::paused;
    if (phase == "stopping") return Condition::stopping;
    return Condition::running;
}

Fate without_status(Fate::Kind kind, std::string why, std::string cause = {}) {
    Fate fate;
    fate.kind = kind;
    fate.why = std::move(why);
    fate.cause = std::move(cause);
    return fate;
}

const std::string& this_host() {
    static const std::string name = sys::host_name();
    return name;
}

const std::string& this_boot() {
    static const std::string id = sys::boot_id();
    return id;
}

/// The last sign of life: the newest change to the job's files.
Nanoseconds last_sign(int jobs_directory, const std::string& folder) {
    Nanoseconds newest = 0;
    for (const char* name : {"/log", "/state.json", "/timeline", "/live"}) {
        struct stat info {};
        if (::fstatat(jobs_directory, (folder + name).c_str(), &info, 0) != 0) continue;
        newest = std::max<Nanoseconds>(
            newest,
            static_cast<Nanoseconds>(info.st_mtim.tv_sec) * ns_per_second + info.st_mtim.tv_nsec);
    }
    return newest;
}

bool is_shell(const std::string& name) {
    constexpr std::array<std::string_view, 9> shells{"bash", "sh",   "dash", "zsh", "fish",
                                                     "ksh",  "mksh", "tcsh", "csh"};
    return std::find(shells.begin(), shells.end(), name) != shells.end();
}

/// /proc/PID/syscall of a sleeping process: "NUMBER ARG1 …"; read(2) is 0 on x86-64 and 63 on
/// arm64.
bool sleeps_in_read_of_terminal(pid_t pid, int terminal) {
    const auto call = sys::read_file("/proc/" + std::to_string(pid) + "/syscall", 512);
    if (!call) return false;
    const auto words = split(trim(*call), ' ');
#if defined(__aarch64__)
    constexpr std::string_view read_number = "63";
#else
    constexpr std::string_view read_number = "0";
#endif
    if (words.size() < 2 || words[0] != read_number || !words[1].starts_with("0x")) return false;
    unsigned long fd = 0;
    std::from_chars(words[1].data() + 2, words[1].data() + words[1].size(), fd, 16);
    struct stat info {};
    const std::string path = "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(fd);
    return ::stat(path.c_str(), &info) == 0 && S_ISCHR(info.st_mode) &&
           static_cast<int>(info.st_rdev) == terminal;
}

/// The device number of "/dev/pts/N", as /proc shows it; 0 for none. (The session of an adopted
/// process may still be that of its old terminal.)
int device_of(const std::string& path) {
    struct stat info {};
    if (path.empty() || ::stat(path.c_str(), &info) != 0 || !S_ISCHR(info.st_mode)) return 0;
    return static_cast<int>(info.st_rdev);
}

} // namespace

void judge_life(int jobs_directory, const std::string& folder, Record& record) {
    record.condition = condition_of_phase(record.phase);
    const Lock lock = probe_lock(jobs_directory, folder);
    if (record.host != this_host()) {
        record.here = false;
        if (lock == Lock::free) {
            record.fate =
                without_status(Fate::Kind::unknown,
                               "it ran on " + record.host + ", which cannot be asked from here");
        }
        return;
    }
    if (record.boot_id != this_boot()) {
        record.here = false;
        Fate fate = without_status(Fate::Kind::lost,
                                   "the machine was started anew at " +
                                       format_moment(sys::boot_moment(), sys::realtime_now()),
                                   "reboot");
        fate.ended = last_sign(jobs_directory, folder);
        record.fate = std::move(fate);
        return;
    }
    if (lock == Lock::held) return;
    // An adopted command does not hold our lock: it lives, and nobody looks after it.
    const bool may_live_unlocked = lock == Lock::cannot_tell || record.adopted.has_value();
    if (may_live_unlocked && process_lives(record.pid, record.pid_start)) return;
    // A keeper that was started for an orphaned job cannot have the lock while the job holds it.
    if (is_resident_of(record.keeper_pid, record.number) ||
        is_resident_of(record.scribe_pid, record.number)) {
        return;
    }
    // The keeper may have finished between our two looks.
    const auto again = sys::read_file_at(jobs_directory, folder + "/state.json");
    if (again && again->find("\"fate\":") != std::string::npos) {
        record = read_record_at(jobs_directory, record.number);
        return;
    }
    Fate fate = without_status(Fate::Kind::unknown,
                               "its keeper and its scribe were killed at the same time");
    fate.ended = last_sign(jobs_directory, folder);
    record.fate = std::move(fate);
}

bool is_resident_of(pid_t pid, std::uint64_t number) {
    const auto words = sys::read_command_line(pid);
    if (words.empty()) return false;
    const std::string tail = " " + std::to_string(number) + " (";
    return words[0].starts_with("outlast: keeper" + tail) ||
           words[0].starts_with("outlast: scribe" + tail);
}

bool is_resident_in_exit(pid_t pid) {
    if (pid <= 0 || !sys::read_command_line(pid).empty()) return false;
    const auto stat = sys::read_process_stat(pid);
    return stat && stat->state != 'Z' &&
           (stat->name == "outlast-keeper" || stat->name == "outlast-scribe");
}

bool waits_for_input(const Record& record) {
    if (!record.terminal || !record.here) return false;
    if (record.adopted && record.adopted->session_leader == 0) {
        const int device = device_of(record.adopted->terminal_path);
        const auto pids = sys::glance_at_descendants(record.pid);
        return device != 0 && std::any_of(pids.begin(), pids.end(), [device](pid_t pid) {
                   const auto stat = sys::read_process_stat(pid);
                   return stat && stat->state == 'S' && !is_shell(stat->name) &&
                          sleeps_in_read_of_terminal(pid, device);
               });
    }
    const auto main = sys::read_process_stat(record.pid);
    if (!main || main->start_ticks != record.pid_start || main->terminal == 0) return false;
    for (const pid_t pid : sys::glance_at_descendants(record.pid)) {
        const auto stat = sys::read_process_stat(pid);
        if (!stat || stat->group != main->foreground_group || stat->terminal != main->terminal)
            continue;
        if (stat->state != 'S' || is_shell(stat->name)) continue;
        if (sleeps_in_read_of_terminal(pid, main->terminal)) return true;
    }
    return false;
}

void look_closer(const JobFolder& folder, Record& record, Nanoseconds now) {
    if (record.condition != Condition::running || !record.here) return;
    if (waits_for_input(record)) {
        record.condition = Condition::needs_input;
        return;
    }
    constexpr Nanoseconds long_silence = 600 * ns_per_second;
    if (now - record.started < long_silence) return;
    const Nanoseconds since = last_output(folder).value_or(record.started);
    if (now - std::max(since, record.started) < long_silence) return;
    for (const pid_t pid : sys::glance_at_descendants(record.pid)) {
        const auto stat = sys::read_process_stat(pid);
        if (stat && (stat->state == 'R' || stat->state == 'D')) return;
    }
    record.condition = Condition::quiet;
}

} // namespace outlast::job
