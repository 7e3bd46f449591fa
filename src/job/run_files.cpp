// What lies in a job's folder when a run begins.
#include "job/run_files.hpp"

#include "base/json_writer.hpp"
#include "log/live_block.hpp"
#include "log/log_file.hpp"
#include "log/timeline.hpp"
#include "sys/clock.hpp"
#include "sys/feature.hpp"
#include "sys/file.hpp"
#include "sys/file_lock.hpp"
#include "sys/process_info.hpp"
#include "twin/spare_file.hpp"

#include <array>
#include <cerrno>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

namespace outlast::job {

using twin::SharedState;

namespace {

Result<> open_file(std::int32_t& slot, int folder, const char* name, int flags) {
    auto fd = sys::open_at(folder, name, flags | O_CREAT | O_NOFOLLOW);
    if (!fd) return fail(fd.error());
    slot = fd->release();
    return {};
}

/// A link to somebody else's file is opened for reading: whatever looks after the log's size cannot
/// touch it.
Result<> open_output(std::int32_t& slot, int folder, const char* name, int flags) {
    auto done = open_file(slot, folder, name, flags);
    if (done || !done.error().is_errno(ELOOP)) return done;
    auto fd = log::open_log(folder, name);
    if (!fd) return fail(fd.error());
    slot = fd->release();
    return {};
}

Result<> open_log(SharedState& state, int folder, const Spec& spec) {
    // The scribe writes at explicit offsets, which O_APPEND forbids (splice(2)); a job that writes
    // by itself needs it, since it may open its output more than once.
    const int flags = spec.terminal ? O_RDWR : O_RDWR | O_APPEND;
    if (spec.keeps_log) return open_output(state.fds.log, folder, "log", flags);
    sys::UniqueFd memory(::memfd_create("outlast-log", MFD_CLOEXEC));
    if (!memory) return fail_errno("memfd_create");
    // On newer kernels (6.18 is one) what is written through the descriptor of memfd_create(2)
    // makes no event for readers; through one that was opened by its path it does.
    auto opened = sys::open_at(AT_FDCWD, "/proc/self/fd/" + std::to_string(memory.get()), flags);
    state.fds.log = opened ? opened->release() : memory.release();
    return {};
}

std::string fixed_members(const Spec& spec, const std::string& id, const std::string& socket,
                          std::size_t command_limit) {
    JsonWriter json;
    json.member("id", id).member("host", sys::host_name()).member("boot_id", sys::boot_id());
    json.member("created_at_ns", sys::realtime_now());
    json.member("command", command_line(spec.command, command_limit))
        .member("directory", spec.directory);
    json.key("tags").begin_array();
    for (const std::string& tag : spec.tags) json.string(tag);
    json.end_array();
    json.member("socket", socket).member("log_max", spec.log_max);
    return json.take();
}

} // namespace

std::string new_id() {
    constexpr std::string_view digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    std::array<unsigned char, 16> chance{};
    if (::getrandom(chance.data(), chance.size(), 0) < 0)
        chance.fill(static_cast<unsigned char>(::getpid()));
    auto time = static_cast<std::uint64_t>(sys::realtime_now() / ns_per_ms);
    std::string id(26, '0');
    for (std::size_t i = 10; i-- > 0; time >>= 5) id[i] = digits[time & 31];
    for (std::size_t i = 0; i < 16; ++i) id[10 + i] = digits[chance[i] & 31];
    return id;
}

Result<> open_run_files(SharedState& state, int folder, const Spec& spec) {
    if (auto done = open_log(state, folder, spec); !done) return done;
    if (auto done = open_file(state.fds.live, folder, "live", O_RDWR); !done) return done;
    if (auto done = open_file(state.fds.timeline, folder, "timeline", O_RDWR | O_APPEND); !done)
        return done;
    if (auto done = open_file(state.fds.events, folder, "events.jsonl", O_WRONLY | O_APPEND); !done)
        return done;
    if (auto done = open_file(state.fds.lock, folder, "lock", O_RDWR); !done) return done;
    state.fds.job_folder = ::fcntl(folder, F_DUPFD_CLOEXEC, 3);
    if (auto done = twin::make_spare(folder); !done) return done;
    if (!spec.separate_stderr) return {};
    if (auto done = open_output(state.fds.error_log, folder, "log.stderr", O_RDWR | O_APPEND);
        !done)
        return done;
    return open_file(state.fds.error_live, folder, "live.stderr", O_RDWR);
}

Result<> take_run_lock(int fd) {
    constexpr int attempts = 200;
    for (int i = 0; i < attempts; ++i) {
        const auto answer = sys::try_lock(fd, sys::LockMode::exclusive);
        if (!answer)
            return {}; // no locks on this file system: the record tells the processes instead
        if (*answer == sys::LockAnswer::granted) return {};
        ::usleep(1000);
    }
    return fail(Errc::refused, "the job still lives", "something of its last run holds its lock",
                "outlast stop it first");
}

Result<> describe_run(SharedState& state, const Spec& spec, const std::string& id,
                      const SocketDirectory& sockets) {
    state.has_terminal = spec.terminal ? 1 : 0;
    state.keeps_log = spec.keeps_log ? 1 : 0;
    state.pinned_size = spec.pinned_size ? 1 : 0;
    state.log_max = spec.log_max;
    state.without_features = sys::switched_off_features();
    state.timeout = spec.timeout;
    state.deadline = spec.timeout > 0 ? sys::boottime_now() + spec.timeout : 0;
    state.stop_signal = spec.stop_signal;
    state.stop_grace_ms = spec.stop_grace / ns_per_ms;
    state.started = sys::realtime_now();
    state.socket_name.set(id + ".sock");
    state.socket_directory.set(sockets.path);
    for (const std::size_t limit : {std::size_t{1000}, std::size_t{100}}) {
        const std::string fixed = fixed_members(spec, id, sockets.path + "/" + id + ".sock", limit);
        if (fixed.size() >= state.fixed_json.bytes.size()) continue;
        state.fixed_json.set(fixed);
        return {};
    }
    return fail(Errc::usage, "the directory's name or the tags are too long");
}

Result<> mark_run(const SharedState& state, const winsize& size) {
    const auto live = log::LiveMap::map(state.fds.live, log::LiveMap::Access::write);
    if (!live) return fail(live.error());
    live->block().terminal_ended.store(0);
    live->block().keeper_starts.store(0);
    live->block().scribe_starts.store(0);
    if (state.fds.error_live >= 0) {
        if (auto other = log::LiveMap::map(state.fds.error_live, log::LiveMap::Access::write);
            !other)
            return fail(other.error());
    }
    struct stat info {};
    if (::fstat(state.fds.log, &info) != 0) return fail_errno("log");
    // All that an adopted process has written to its own file is its run's.
    const bool is_own = state.output_path.view().empty();
    const auto begin = is_own ? static_cast<std::uint64_t>(info.st_size) : 0;
    const Nanoseconds now = state.adopted_at != 0 && is_own ? state.adopted_at : state.started;
    const log::TimelineWriter timeline(state.fds.timeline, state.started);
    timeline.append({now, begin, log::RecordKind::run, state.run});
    if (state.has_terminal == 0) return {};
    const auto value = static_cast<std::uint32_t>(size.ws_row) << 16 | size.ws_col;
    timeline.append({now, begin, log::RecordKind::resize, value});
    return {};
}

Result<ReportChannel> open_report_channel() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return fail_errno("socketpair");
    return ReportChannel{sys::UniqueFd(ends[0]), sys::UniqueFd(ends[1])};
}

Result<twin::StartReport> await_report(int channel) {
    twin::StartReport report;
    ssize_t count = -1;
    do {
        count = ::recv(channel, &report, sizeof report, MSG_WAITALL);
    } while (count < 0 && errno == EINTR);
    if (count == static_cast<ssize_t>(sizeof report)) return report;
    return fail(Errc::refused, "the keeper could not start", "it ended before it could say why",
                "check with: ulimit -a (processes, memory)");
}

} // namespace outlast::job
