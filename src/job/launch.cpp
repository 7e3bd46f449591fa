// Starts jobs.
#include "job/launch.hpp"

#include "base/text.hpp"
#include "job/keeper_process.hpp"
#include "job/own_scope.hpp"
#include "job/run_files.hpp"
#include "job/stable_paths.hpp"
#include "job/state_owner.hpp"
#include "sys/clock.hpp"
#include "sys/feature.hpp"
#include "sys/file.hpp"
#include "sys/private_umask.hpp"
#include "twin/environment_links.hpp"
#include "twin/launch.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <unistd.h>

namespace outlast::job {
namespace {

using twin::SharedState;
using twin::StartStage;

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

/// What an adopted process wrote to a file of its own stays there. The next run has a log like any
/// other, and what was noted of the file's offsets is void.
void leave_foreign_log(const JobFolder& folder) {
    struct stat info {};
    const int fd = folder.fd.get();
    if (::fstatat(fd, "log", &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISLNK(info.st_mode)) return;
    for (const char* name :
         {"log", "log.stderr", "live", "live.stderr", "timeline", "checkpoint", "seen"})
        ::unlinkat(fd, name, 0);
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
        if (auto done = open_run_files(state, folder.fd.get(), request.spec); !done)
            return fail(done.error());
        if (auto done = take_run_lock(state.fds.lock); !done) return fail(done.error());
        if (auto done = describe_run(state, request.spec, id, *sockets); !done)
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
    leave_foreign_log(folder);
    if (auto named = registry.assign_name(record.number, record.name); !named)
        return fail(named.error());
    return start_run(folder, {record.id, record.name, record.run + 1}, request);
}

} // namespace outlast::job
