// Starts jobs.
#include "job/launch.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "job/keeper_process.hpp"
#include "job/own_scope.hpp"
#include "job/paths.hpp"
#include "job/stable_paths.hpp"
#include "job/state_owner.hpp"
#include "log/live_block.hpp"
#include "log/timeline.hpp"
#include "sys/clock.hpp"
#include "sys/feature.hpp"
#include "sys/file.hpp"
#include "sys/file_lock.hpp"
#include "sys/private_umask.hpp"
#include "sys/process_info.hpp"
#include "twin/environment_links.hpp"
#include "twin/launch.hpp"
#include "twin/spare_file.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

namespace outlast::job {
namespace {

using twin::SharedState;
using twin::StartStage;

/// 10 characters of time (ms) and 16 of chance, in Crockford's base 32: sorts by time (the ULID's
/// form).
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

Result<> open_file(std::int32_t& slot, int folder, const char* name, int flags) {
    auto fd = sys::open_at(folder, name, flags | O_CREAT | O_NOFOLLOW);
    if (!fd) return fail(fd.error());
    slot = fd->release();
    return {};
}

Result<> open_log(SharedState& state, int folder, const Spec& spec) {
    // The scribe writes at explicit offsets, which O_APPEND forbids (splice(2)); a job that writes
    // by itself needs it, since it may open its output more than once.
    const int flags = spec.terminal ? O_RDWR : O_RDWR | O_APPEND;
    if (spec.keeps_log) return open_file(state.fds.log, folder, "log", flags);
    sys::UniqueFd memory(::memfd_create("outlast-log", MFD_CLOEXEC));
    if (!memory) return fail_errno("memfd_create");
    // On newer kernels (6.18 is one) what is written through the descriptor of memfd_create(2)
    // makes no event for readers; through one that was opened by its path it does.
    auto opened = sys::open_at(AT_FDCWD, "/proc/self/fd/" + std::to_string(memory.get()), flags);
    state.fds.log = opened ? opened->release() : memory.release();
    return {};
}

Result<> open_files(SharedState& state, int folder, const Spec& spec) {
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
    if (auto done = open_file(state.fds.error_log, folder, "log.stderr", O_RDWR | O_APPEND); !done)
        return done;
    return open_file(state.fds.error_live, folder, "live.stderr", O_RDWR);
}

/// The lock is ours for as long as anything of the job lives. Readers hold it for moments.
Result<> take_lock(int fd) {
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

Result<> describe(SharedState& state, const Spec& spec, const std::string& id,
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

/// Marks the start of a run in the side files; what an earlier run left in them is settled.
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
    const log::TimelineWriter timeline(state.fds.timeline, state.started);
    timeline.append(
        {state.started, static_cast<std::uint64_t>(info.st_size), log::RecordKind::run, state.run});
    if (state.has_terminal == 0) return {};
    const auto value = static_cast<std::uint32_t>(size.ws_row) << 16 | size.ws_col;
    timeline.append(
        {state.started, static_cast<std::uint64_t>(info.st_size), log::RecordKind::resize, value});
    return {};
}

std::vector<std::string> job_environment(const Spec& spec, const Started& job, std::uint32_t run,
                                         const std::string& id) {
    std::vector<std::string> environment;
    for (const std::string& entry : spec.environment) {
        const bool ours = entry.starts_with("OUTLAST_JOB=") || entry.starts_with("OUTLAST_NAME=") ||
                          entry.starts_with("OUTLAST_RUN=") || entry.starts_with("OUTLAST_ID=");
        if (!ours) environment.push_back(entry);
    }
    environment.push_back("OUTLAST_JOB=" + std::to_string(job.number));
    environment.push_back("OUTLAST_NAME=" + job.name);
    environment.push_back("OUTLAST_RUN=" + std::to_string(run));
    environment.push_back("OUTLAST_ID=" + id);
    return environment;
}

Error start_error(const twin::StartReport& report, const LaunchRequest& request) {
    const std::string what = request.spec.arguments[0];
    switch (report.stage) {
    case StartStage::exec: {
        const std::string why = report.error_number == ENOENT
                                    ? "the interpreter in its first line does not exist"
                                    : std::strerror(report.error_number);
        return make_error(Errc::command_not_run, what + " cannot be run", why,
                          "check the file with: file " + shell_quote(request.program));
    }
    case StartStage::terminal: {
        Error error = errno_error(report.error_number, "no terminal for the job");
        // The kernel's word for it is "No space left on device", which sends people to df.
        if (report.error_number == ENOSPC)
            error =
                make_error(Errc::refused, "no terminal for the job",
                           "all pseudo-terminals of this host are in use (sysctl kernel.pty)", {});
        error.fix = "outlast run -T runs it without one";
        return error;
    }
    case StartStage::session: return errno_error(report.error_number, "make a session for the job");
    case StartStage::descriptors:
        return errno_error(report.error_number, "give the job its standard descriptors");
    case StartStage::keeper:
    case StartStage::started: break;
    }
    Error error = errno_error(report.error_number, "start the job");
    if (report.error_number == EMFILE) error.fix = "allow more descriptors: ulimit -n 64";
    return error;
}

struct ReportChannel {
    sys::UniqueFd ours;
    sys::UniqueFd theirs;
};

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

struct RunIdentity {
    std::string id;
    std::string name;
    std::uint32_t run = 1;
};

/// Returns why it could not be done, or nothing. The keeper waits for the go meanwhile: what it
/// starts afterwards is where it is.
std::string place_keeper(std::uint64_t number, const RunIdentity& identity, pid_t keeper) {
    const std::string job = std::to_string(number);
    return place_in_own_scope(std::span(&keeper, 1),
                              job + "-" + identity.id + "-" + std::to_string(identity.run),
                              "outlast job " + job + ", " + identity.name)
        .why;
}

struct Running {
    pid_t pid = 0;
    std::string not_placed;
};

Result<Running> start_and_wait(StateOwner& owner, SharedState& state, const LaunchRequest& request,
                               const RunIdentity& identity, std::vector<std::string> environment) {
    auto channel = open_report_channel();
    if (!channel) return fail(channel.error());
    sys::UniqueFd input;
    if (!request.spec.terminal) {
        input.reset(request.input >= 0 ? ::fcntl(request.input, F_DUPFD_CLOEXEC, 3)
                                       : ::open("/dev/null", O_RDONLY | O_CLOEXEC));
        if (!input) return fail_errno("the job's standard input");
    }
    twin::Launch launch;
    launch.program = request.program;
    launch.arguments = request.spec.arguments;
    launch.environment = std::move(environment);
    launch.signal_mask = request.signal_mask;
    launch.attributes = request.attributes;
    launch.size = request.size;
    launch.input = input.get();
    launch.report = channel->theirs.get();
    owner.remember();
    const auto started = fork_keeper(state, &launch, request.spec.nice);
    if (!started) return fail(started.error());
    channel->theirs.reset();
    state.kernel_tells_exit = started->kernel_tells_exit ? 1 : 0;
    Running running;
    if (request.placement == Placement::own_scope)
        running.not_placed = place_keeper(state.number, identity, started->pid);
    // The go: from here on the keeper reads the state that we have written.
    (void)::send(channel->ours.get(), "g", 1, MSG_NOSIGNAL);
    const auto report = await_report(channel->ours.get());
    if (!report) return fail(report.error());
    if (report->stage != StartStage::started) return fail(start_error(*report, request));
    running.pid = report->pid;
    return running;
}

Result<Started> start_run(const JobFolder& folder, const RunIdentity& identity,
                          const LaunchRequest& request) {
    const auto& [id, name, run] = identity;
    const auto sockets = open_socket_directory();
    if (!sockets) return fail(sockets.error());
    auto shared = twin::create_shared_state();
    if (!shared) return fail(shared.error());
    SharedState& state = *shared->state;
    StateOwner owner(*shared);
    state.number = folder.number;
    state.run = run;
    state.name.set(name);
    std::vector<std::string> environment;
    Started job{folder.number, name, 0, false, {}, {}};
    {
        const sys::PrivateUmask umask;
        if (auto done = open_files(state, folder.fd.get(), request.spec); !done)
            return fail(done.error());
        if (auto done = take_lock(state.fds.lock); !done) return fail(done.error());
        if (auto done = describe(state, request.spec, id, *sockets); !done)
            return fail(done.error());
        if (auto done = mark_run(state, request.size); !done) return fail(done.error());
        state.fds.socket_folder = ::fcntl(sockets->fd.get(), F_DUPFD_CLOEXEC, 3);
        environment = job_environment(request.spec, job, run, id);
        make_stable_paths(state, request.spec, environment);
    }
    auto running = start_and_wait(owner, state, request, identity, std::move(environment));
    if (!running) {
        twin::leave_socket_directory(state);
        return fail(running.error());
    }
    job.pid = running->pid;
    job.not_placed = std::move(running->not_placed);
    if (!request.spec.keeps_log) job.memory_log.reset(::fcntl(state.fds.log, F_DUPFD_CLOEXEC, 3));
    return job;
}

} // namespace

Result<Started> launch(Registry& registry, const LaunchRequest& request) {
    auto claim = registry.claim(request.name, derive_name(request.spec.command), request.spec.key);
    if (!claim) return fail(claim.error());
    if (claim->existing) {
        const Record record = read_record(claim->folder);
        return Started{record.number, record.name, record.pid, true, {}, {}};
    }
    const auto written = [&]() -> Result<> {
        const sys::PrivateUmask umask;
        return sys::replace_file_at(claim->folder.fd.get(), "spec.json", render_spec(request.spec),
                                    sys::Durability::page_cache);
    }();
    if (!written) {
        registry.withdraw(*claim, request.spec.key);
        return fail(Error(written.error()).within("write the job's spec"));
    }
    auto started = start_run(claim->folder, {new_id(), claim->name, 1}, request);
    if (!started) registry.withdraw(*claim, request.spec.key);
    return started;
}

Result<Started> relaunch(Registry& registry, const JobFolder& folder, const Record& record,
                         const LaunchRequest& request) {
    if (auto named = registry.assign_name(record.number, record.name); !named)
        return fail(named.error());
    return start_run(folder, {record.id, record.name, record.run + 1}, request);
}

} // namespace outlast::job
