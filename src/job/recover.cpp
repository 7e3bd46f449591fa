// A new keeper for a job that lives without one.
#include "job/recover.hpp"

#include "base/text.hpp"
#include "job/json_text.hpp"
#include "job/keeper_process.hpp"
#include "job/liveliness.hpp"
#include "job/own_scope.hpp"
#include "job/paths.hpp"
#include "job/spec.hpp"
#include "job/stable_paths.hpp"
#include "job/state_owner.hpp"
#include "log/live_block.hpp"
#include "log/log_file.hpp"
#include "sys/clock.hpp"
#include "sys/feature.hpp"
#include "sys/file.hpp"
#include "sys/file_lock.hpp"
#include "sys/pidfd.hpp"
#include "sys/private_umask.hpp"
#include "sys/process_info.hpp"

#include <cerrno>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

namespace outlast::job {
namespace {

using twin::SharedState;

/// The members of state.json that the keeper takes over as they are.
Result<std::string> fixed_members(const JobFolder& folder) {
    const auto text = sys::read_file_at(folder.fd.get(), "state.json");
    if (!text) return fail(text.error());
    auto json = nlohmann::json::parse(*text, nullptr, false);
    if (!json.is_object()) return fail(Errc::damaged, "state.json is damaged");
    nlohmann::json fixed = nlohmann::json::object();
    for (const char* name : {"id", "host", "boot_id", "created_at_ns", "command", "directory",
                             "tags", "socket", "log_max"}) {
        if (json.contains(name)) fixed[name] = json[name];
    }
    const std::string whole = fixed.dump();
    return whole.substr(1, whole.size() - 2);
}

Result<> open_into(std::int32_t& slot, const JobFolder& folder, const char* name, int flags) {
    auto fd = sys::open_at(folder.fd.get(), name, flags | O_NOFOLLOW);
    if (!fd) return fail(fd.error());
    slot = fd->release();
    return {};
}

Result<> open_files(SharedState& state, const JobFolder& folder, const Record& record) {
    auto child = sys::open_pidfd(record.pid);
    if (!child) return fail(child.error());
    state.fds.child = child->release();
    const auto stat = sys::read_process_stat(record.pid);
    if (!stat || stat->start_ticks != record.pid_start)
        return fail(Errc::already_ended, "the command has ended");
    if (auto done = open_into(state.fds.log, folder, "log", O_RDWR | O_APPEND); !done) {
        auto foreign = log::open_log(folder.fd.get(), "log");
        if (!done.error().is_errno(ELOOP) || !foreign) return done;
        state.fds.log = foreign->release();
    }
    if (auto done = open_into(state.fds.live, folder, "live", O_RDWR); !done) return done;
    if (auto done = open_into(state.fds.timeline, folder, "timeline", O_RDWR | O_APPEND); !done)
        return done;
    if (auto done = open_into(state.fds.events, folder, "events.jsonl", O_WRONLY | O_APPEND); !done)
        return done;
    // Held by the job itself; ours joins it as soon as the job's is gone. Reading goes on without.
    if (auto done = open_into(state.fds.lock, folder, "lock", O_RDWR); !done) return done;
    if (record.adopted) (void)sys::try_lock(state.fds.lock, sys::LockMode::exclusive);
    state.fds.job_folder = ::fcntl(folder.fd.get(), F_DUPFD_CLOEXEC, 3);
    state.fds.wake_keeper = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return {};
}

Result<> describe(SharedState& state, const JobFolder& folder, const Record& record) {
    const auto spec_text = sys::read_file_at(folder.fd.get(), "spec.json", std::size_t{16} << 20);
    const auto spec = spec_text ? parse_spec(*spec_text) : fail(spec_text.error());
    const auto fixed = fixed_members(folder);
    if (!spec) return fail(spec.error());
    if (!fixed) return fail(fixed.error());
    const std::size_t slash = record.socket.rfind('/');
    auto sockets = open_socket_directory_at(record.socket.substr(0, slash), ::geteuid());
    if (!sockets) return fail(sockets.error());
    state.fds.socket_folder = sockets->fd.release();
    state.socket_name.set(record.socket.substr(slash + 1));
    state.socket_directory.set(sockets->path);
    state.fixed_json.set(*fixed);
    state.number = record.number;
    state.run = record.run;
    state.name.set(record.name);
    state.keeps_log = 1;
    state.log_max = spec->log_max;
    state.without_features = sys::switched_off_features();
    state.stop_signal = spec->stop_signal;
    state.stop_grace_ms = spec->stop_grace / ns_per_ms;
    state.child_pid = record.pid;
    state.child_start_ticks = record.pid_start;
    state.started = record.started;
    if (spec->timeout > 0)
        state.deadline = sys::boottime_now() + record.started + spec->timeout - sys::realtime_now();
    state.kernel_tells_exit = sys::kernel_has_exit_info() ? 1 : 0;
    state.phase.store(static_cast<std::uint32_t>(twin::Phase::running));
    find_stable_paths(state, *spec);
    return {};
}

/// What the last keeper knew of an adopted command. Its terminal went with the last who held it.
Result<> describe_adoption(SharedState& state, const JobFolder& folder, const Record& record) {
    if (!record.adopted) return {};
    const auto text = sys::read_file_at(folder.fd.get(), "state.json");
    if (!text) return fail(text.error());
    const auto json = nlohmann::json::parse(*text, nullptr, false);
    if (!json.is_object() || !json.contains("adopted")) return fail(Errc::damaged, "state.json");
    const auto& adopted = json["adopted"];
    state.adoption = static_cast<std::uint32_t>(
        record.adopted->watched_only ? twin::Adoption::watched : twin::Adoption::taken);
    // Tracers and parents write a record that has gone with the keeper.
    state.exit_knowledge = static_cast<std::uint32_t>(
        state.kernel_tells_exit != 0 ? twin::ExitKnowledge::kernel : twin::ExitKnowledge::unknown);
    state.adopted_at = record.adopted->at;
    state.output_path.set(record.adopted->output);
    if (record.terminal) {
        state.has_terminal = 1;
        state.terminal_ended.store(1);
        const std::string_view path = record.adopted->terminal_path;
        const auto index = parse_u64(path.substr(path.rfind('/') + 1));
        state.terminal_index = static_cast<std::uint32_t>(index.value_or(0));
    }
    for (const auto& group : adopted.value("groups", nlohmann::json::array())) {
        if (state.group_count < state.groups.size() && group.is_number_integer())
            state.groups[state.group_count++] = group.get<std::int32_t>();
    }
    for (const auto& member : adopted.value("processes", nlohmann::json::array())) {
        if (state.member_count == state.members.size() || !member.is_object()) break;
        twin::Member& slot = state.members[state.member_count++];
        slot.pid = static_cast<std::int32_t>(int_member(member, "pid"));
        slot.start = unsigned_member(member, "start");
    }
    return {};
}

Result<> start(StateOwner& owner, SharedState& state, const JobFolder& folder,
               const Record& record) {
    if (auto done = open_files(state, folder, record); !done) return done;
    if (auto done = describe(state, folder, record); !done) return done;
    if (auto done = describe_adoption(state, folder, record); !done) return done;
    owner.remember();
    const auto started = fork_keeper(state, nullptr, 0);
    if (!started) return fail(started.error());
    // A job that was put where it outlives this login gets a keeper that does so too.
    (void)join_scope_of(record.pid, std::span(&started->pid, 1));
    return {};
}

} // namespace

bool is_orphaned(const Record& record) {
    const bool needs_no_keeper = record.adopted.has_value() || !record.terminal;
    return is_alive(record.condition) && record.here && needs_no_keeper && record.keeps_log &&
           !is_resident_of(record.keeper_pid, record.number) &&
           !is_resident_of(record.scribe_pid, record.number);
}

Result<> revive(const JobFolder& folder, const Record& record) {
    if (!is_orphaned(record)) return {};
    struct stat info {};
    if (::fstat(folder.fd.get(), &info) != 0 || info.st_uid != ::geteuid())
        return fail(Errc::refused, "only the job's owner can start a keeper for it");
    const sys::PrivateUmask umask;
    const auto guard = sys::open_at(folder.fd.get(), "revive.lock", O_RDWR | O_CREAT);
    if (!guard) return fail(guard.error());
    if (auto held = sys::wait_lock(guard->get(), sys::LockMode::exclusive); !held) return held;
    if (!is_orphaned(read_record(folder))) return {}; // another finder was faster
    auto shared = twin::create_shared_state();
    if (!shared) return fail(shared.error());
    SharedState& state = *shared->state;
    StateOwner owner(*shared);
    auto done = start(owner, state, folder, record);
    // The keeper says in state.json that it is there; until then the guard keeps other finders
    // away.
    const Nanoseconds deadline = sys::boottime_now() + 2 * ns_per_second;
    while (done && is_orphaned(read_record(folder)) && sys::boottime_now() < deadline)
        ::poll(nullptr, 0, 2);
    return done;
}

} // namespace outlast::job
