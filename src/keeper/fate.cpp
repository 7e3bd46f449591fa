// Finds out how the command ended, and why.
#include "keeper/fate.hpp"

#include "base/text.hpp"
#include "keeper/adopted.hpp"
#include "keeper/anchor.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/pidfd.hpp"
#include "sys/process_info.hpp"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace outlast::keeper {
namespace {

using twin::FateKind;
using twin::OomEvidence;
using twin::SharedState;

void store_usage(SharedState& state, const rusage& usage) {
    state.user_us = usage.ru_utime.tv_sec * 1'000'000 + usage.ru_utime.tv_usec;
    state.system_us = usage.ru_stime.tv_sec * 1'000'000 + usage.ru_stime.tv_usec;
    state.max_resident_kb = usage.ru_maxrss;
    state.has_usage = 1;
}

void store_status(SharedState& state, const sys::ExitStatus& status) {
    state.ended = sys::realtime_now();
    if (const auto* exited = std::get_if<sys::Exited>(&status)) {
        state.fate_value = exited->code;
        state.fate_kind = static_cast<std::uint32_t>(FateKind::exited);
    } else if (const auto* signaled = std::get_if<sys::Signaled>(&status)) {
        state.fate_value = signaled->signal;
        state.fate_core = signaled->core_dumped ? 1 : 0;
        state.fate_kind = static_cast<std::uint32_t>(FateKind::signaled);
    } else {
        state.fate_why.set(std::get<sys::StatusUnknown>(status).why);
        state.fate_kind = static_cast<std::uint32_t>(FateKind::unknown);
    }
}

/// The exit status of a zombie that its parent has not reaped yet. The kernel shows 0 to those who
/// may not read it, so 0 counts only when all uids of the process are ours.
std::optional<sys::ExitStatus> zombie_status(pid_t pid, std::uint64_t start) {
    const auto stat = sys::read_process_stat(pid);
    if (!stat || stat->state != 'Z' || stat->start_ticks != start) return std::nullopt;
    const auto uids = sys::read_uids(pid);
    const uid_t mine = ::geteuid();
    const bool readable =
        uids && uids->real == mine && uids->effective == mine && uids->saved == mine;
    if (stat->exit_code == 0 && !readable && mine != 0) return std::nullopt;
    return sys::exit_status_from_wait(stat->exit_code);
}

bool is_gone(const SharedState& state) {
    const auto stat = sys::read_process_stat(state.child_pid);
    return !stat || stat->start_ticks != state.child_start_ticks;
}

bool anchor_lives(const SharedState& state) {
    return state.fds.anchor >= 0 && !sys::has_ended(state.fds.anchor);
}

/// Asks everybody who may know how a command that is not our child has ended.
bool tell_end(SharedState& state, Patience patience) {
    if (state.fds.anchor_record >= 0) {
        if (const auto record = read_anchor_record(state.fds.anchor_record)) {
            store_usage(state, record->usage);
            store_status(state, status_of(*record));
            return true;
        }
    }
    if (!sys::has_ended(state.fds.child)) return false;
    if (patience == Patience::with_anchor && anchor_lives(state)) return false;
    const twin::Member command{state.child_pid, state.fds.child, state.child_start_ticks, {}, 0};
    const auto status = end_of_member(state, command);
    if (status) store_status(state, *status);
    return status.has_value();
}

const char* why_unknown(const SharedState& state) {
    if (!is_adopted(state))
        return "the keeper that was its parent had been killed, and this kernel tells nobody else "
               "how a process ended";
    switch (static_cast<twin::ExitKnowledge>(state.exit_knowledge)) {
    case twin::ExitKnowledge::tracer:
        return "the process that traced it to learn its end was not allowed to, or was killed";
    case twin::ExitKnowledge::parent: return "the process that was its parent had been killed";
    default:
        return "it was started by somebody else, and this kernel tells only its parent how a "
               "process ended";
    }
}

std::optional<std::uint64_t> counter_in(const std::string& path, std::string_view name) {
    const auto text = sys::read_file(path, 65536);
    if (!text) return std::nullopt;
    for (const std::string_view line : split(*text, '\n')) {
        if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ' ') {
            return parse_u64(trim(line.substr(name.size())));
        }
    }
    return std::nullopt;
}

/// The counter of the memory cgroup of `pid`, where such a file is there.
std::optional<std::uint64_t> cgroup_oom_kills(pid_t pid) {
    const auto groups = sys::read_file("/proc/" + std::to_string(pid) + "/cgroup", 65536);
    if (!groups) return std::nullopt;
    for (const std::string_view line : split(*groups, '\n')) {
        const auto fields = split(line, ':');
        if (fields.size() < 3) continue;
        const std::string path(fields[2]);
        if (fields[1].empty()) {
            if (auto count = counter_in("/sys/fs/cgroup" + path + "/memory.events", "oom_kill"))
                return count;
        } else if (fields[1] == "memory") {
            if (auto count = counter_in("/sys/fs/cgroup/memory" + path + "/memory.oom_control",
                                        "oom_kill")) {
                return count;
            }
        }
    }
    return std::nullopt;
}

/// Reads the kernel log from its oldest record on; needs CAP_SYSLOG where kernel.dmesg_restrict is
/// set.
bool kernel_log_names(pid_t pid, Nanoseconds since_boot) {
    const auto log = sys::open_at(AT_FDCWD, "/dev/kmsg", O_RDONLY | O_NONBLOCK);
    if (!log) return false;
    const std::string wanted = "Killed process " + std::to_string(pid) + " ";
    std::array<char, 8192> record{};
    for (;;) {
        const ssize_t count = ::read(log->get(), record.data(), record.size());
        if (count < 0 && errno == EPIPE) continue; // overwritten while we read
        if (count <= 0) return false;
        const std::string_view line(record.data(), static_cast<std::size_t>(count));
        const auto fields = split(line.substr(0, line.find(';')), ',');
        const auto microseconds = fields.size() > 2 ? parse_u64(fields[2]) : std::nullopt;
        const bool recent =
            microseconds && static_cast<Nanoseconds>(*microseconds * 1000) >= since_boot;
        if (recent && line.find(wanted) != std::string_view::npos) return true;
    }
}

} // namespace

bool find_fate(SharedState& state, Patience patience) {
    const auto own = sys::peek_child(state.child_pid);
    if (own && !*own) return false;
    if (own) {
        store_usage(state, (*own)->usage);
        store_status(state, (*own)->status);
        return true;
    }
    if (tell_end(state, patience)) return true;
    if (!sys::has_ended(state.fds.child)) return false;
    if (anchor_lives(state) || !is_gone(state)) return false;
    // Reaped between two of those looks, it is no zombie any more, and was not yet in what the
    // kernel and the anchor keep of those that were reaped.
    if (tell_end(state, Patience::none)) return true;
    store_status(state, sys::StatusUnknown{why_unknown(state)});
    return true;
}

std::optional<sys::ExitStatus> end_of_member(const SharedState& state, const twin::Member& member) {
    const auto reaped = [&] {
        return state.kernel_tells_exit != 0 ? sys::exit_info(member.pidfd) : std::nullopt;
    };
    if (auto status = reaped()) return status;
    if (auto status = zombie_status(member.pid, member.start)) return status;
    return reaped(); // its parent may have reaped it between the two
}

std::uint64_t count_oom_kills(pid_t pid) {
    if (const auto count = cgroup_oom_kills(pid)) return *count;
    return counter_in("/proc/vmstat", "oom_kill").value_or(0);
}

std::uint64_t count_oom_kills_at_start(const SharedState& state) {
    if (!is_adopted(state)) return count_oom_kills(::getpid());
    return counter_in("/proc/vmstat", "oom_kill").value_or(0);
}

OomEvidence find_oom_evidence(const SharedState& state) {
    const Nanoseconds ago = sys::realtime_now() - state.started;
    if (kernel_log_names(state.child_pid, sys::boottime_now() - ago - ns_per_second))
        return OomEvidence::kernel_log;
    if (is_adopted(state)) {
        return count_oom_kills_at_start(state) > state.oom_kills_before ? OomEvidence::counter
                                                                        : OomEvidence::none;
    }
    // Asked of ourselves: the dead command's cgroup was ours.
    if (const auto count = cgroup_oom_kills(::getpid())) {
        return *count > state.oom_kills_before ? OomEvidence::cgroup : OomEvidence::none;
    }
    return count_oom_kills(::getpid()) > state.oom_kills_before ? OomEvidence::counter
                                                                : OomEvidence::none;
}

} // namespace outlast::keeper
