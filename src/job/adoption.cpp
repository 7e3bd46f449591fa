// Makes a job of a process that somebody else has started.
#include "job/adoption.hpp"

#include "job/keeper_process.hpp"
#include "job/run_files.hpp"
#include "job/state_owner.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/pidfd.hpp"
#include "sys/private_umask.hpp"
#include "sys/process_info.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace outlast::job {

using twin::ExitKnowledge;
using twin::SharedState;

struct Adoption::Parts {
    Registry* registry = nullptr;
    Registry::Claim claim;
    std::string spec_text;
    std::unique_ptr<StateOwner> owner;
    SharedState* state = nullptr;
    sys::UniqueFd keeper;  ///< pidfd
    sys::UniqueFd channel; ///< to the keeper; closed: there is none, or no longer ours
    bool committed = false;
};

namespace {

Result<> link_output(int folder, const AdoptionRequest& request) {
    const auto link = [folder](const std::string& path, const char* name) -> Result<> {
        if (path.empty() || ::symlinkat(path.c_str(), folder, name) == 0) return {};
        return fail_errno("link to " + path);
    };
    if (auto done = link(request.output, "log"); !done) return done;
    return link(request.error_output, "log.stderr");
}

Nanoseconds moment_of_start(std::uint64_t ticks) {
    const std::uint64_t hertz = sys::ticks_per_second();
    const auto seconds = static_cast<Nanoseconds>(ticks / hertz) * ns_per_second;
    const auto rest =
        static_cast<Nanoseconds>(ticks % hertz) * ns_per_second / static_cast<Nanoseconds>(hertz);
    return sys::boot_moment() + seconds + rest;
}

void describe_process(SharedState& state, const AdoptionRequest& request) {
    state.adoption = static_cast<std::uint32_t>(request.kind);
    state.child_pid = request.main;
    state.child_start_ticks = request.start_ticks;
    state.adopted_at = sys::realtime_now();
    state.started = std::min(moment_of_start(request.start_ticks), state.adopted_at);
    if (request.master >= 0) state.fds.master = ::fcntl(request.master, F_DUPFD_CLOEXEC, 3);
    state.output_path.set(!request.output.empty() ? request.output : request.error_output);
    if (request.parent.parent == 0) return;
    state.fds.anchor_record = ::fcntl(request.parent.file, F_DUPFD_CLOEXEC, 3);
    state.anchor_pid = request.parent.parent;
}

Result<> fill_folder(SharedState& state, const Registry::Claim& claim,
                     const AdoptionRequest& request) {
    const auto sockets = open_socket_directory();
    if (!sockets) return fail(sockets.error());
    state.number = claim.folder.number;
    state.run = 1;
    state.name.set(claim.name);
    const sys::PrivateUmask umask;
    if (auto done = link_output(claim.folder.fd.get(), request); !done) return done;
    if (auto done = open_run_files(state, claim.folder.fd.get(), request.spec); !done) return done;
    if (auto done = take_run_lock(state.fds.lock); !done) return done;
    if (auto done = describe_run(state, request.spec, new_id(), *sockets); !done) return done;
    describe_process(state, request);
    state.fds.socket_folder = ::fcntl(sockets->fd.get(), F_DUPFD_CLOEXEC, 3);
    return mark_run(state, request.size);
}

Error adoption_error(int number, const AdoptionRequest& request) {
    if (number == ESRCH) {
        return make_error(Errc::already_ended,
                          "process " + std::to_string(request.main) + " has ended", {}, {});
    }
    Error error = errno_error(number, "start a keeper for process " + std::to_string(request.main));
    if (number == ENOSPC && request.spec.terminal)
        error.why = "all pseudo-terminals of this host may be in use (sysctl kernel.pty)";
    return error;
}

/// In the keeper's process, whose descriptors are not the caller's any more, and whose environment
/// has given its place to the process's title.
void withdraw_afresh(const std::string& path, const Registry::Claim& claim,
                     const SharedState& state) {
    auto registry = Registry::open_again(path);
    if (registry) registry->withdraw(claim, {});
    const std::string name(state.socket_name.view());
    if (!name.empty()) ::unlinkat(state.fds.socket_folder, name.c_str(), 0);
}

/// While the caller waits, the processes may stand still.
void limit_waiting(int channel) {
    constexpr timeval patience{10, 0};
    (void)::setsockopt(channel, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

bool may_be_traced(pid_t pid) {
    // proc_mem(5): to open it takes the very right that ptrace(2) asks for, Yama's rules included.
    return sys::open_at(AT_FDCWD, "/proc/" + std::to_string(pid) + "/mem", O_RDONLY).has_value();
}

} // namespace

ExitForecast exit_knowledge(pid_t pid, const ParentRecord& parent) {
    if (sys::kernel_has_exit_info()) return {ExitKnowledge::kernel, {}};
    if (parent.parent != 0) return {ExitKnowledge::parent, {}};
    if (may_be_traced(pid)) return {ExitKnowledge::tracer, {}};
    return {ExitKnowledge::unknown,
            "this kernel (before 6.15) tells only its parent how a process ended, and this one may "
            "not be traced"};
}

Result<Adoption> begin_adoption(Registry& registry, const AdoptionRequest& request) {
    auto claim = registry.claim(request.name, derive_name(request.spec.command), {});
    if (!claim) return fail(claim.error());
    auto parts = std::make_unique<Adoption::Parts>();
    parts->registry = &registry;
    parts->claim = std::move(*claim);
    parts->spec_text = render_spec(request.spec);
    // From here on its destructor takes everything back.
    Adoption adoption(std::move(parts));
    Adoption::Parts& own = *adoption.m_parts;
    auto shared = twin::create_shared_state();
    if (!shared) return fail(shared.error());
    SharedState& state = *shared->state;
    own.state = &state;
    own.owner = std::make_unique<StateOwner>(*shared);
    if (auto done = fill_folder(state, own.claim, request); !done) return fail(done.error());
    auto channel = open_report_channel();
    if (!channel) return fail(channel.error());
    twin::Launch launch;
    launch.attributes = request.attributes;
    launch.size = request.size;
    launch.report = channel->theirs.get();
    own.owner->remember();
    const auto started =
        fork_keeper(state, &launch, 0, [&] { withdraw_afresh(registry.path(), own.claim, state); });
    if (!started) return fail(started.error());
    channel->theirs.reset();
    own.channel = std::move(channel->ours);
    if (auto keeper = sys::open_pidfd(started->pid)) own.keeper = std::move(*keeper);
    limit_waiting(own.channel.get());
    state.kernel_tells_exit = started->kernel_tells_exit ? 1 : 0;
    (void)::send(own.channel.get(), "g", 1, MSG_NOSIGNAL);
    const auto report = await_report(own.channel.get());
    if (!report) return fail(report.error());
    if (report->stage != twin::StartStage::started)
        return fail(adoption_error(report->error_number, request));
    return adoption;
}

Adoption::Adoption(std::unique_ptr<Parts> parts) noexcept : m_parts(std::move(parts)) {}
Adoption::Adoption(Adoption&& other) noexcept = default;

Adoption::~Adoption() {
    if (m_parts) abandon();
}

std::uint64_t Adoption::number() const noexcept { return m_parts->claim.folder.number; }
const std::string& Adoption::name() const noexcept { return m_parts->claim.name; }
pid_t Adoption::keeper() const noexcept { return m_parts->state->keeper_pid; }

std::string Adoption::terminal_path() const {
    if (m_parts->state->has_terminal == 0) return {};
    return "/dev/pts/" + std::to_string(m_parts->state->terminal_index);
}

Result<> Adoption::commit(const AdoptedProcesses& processes) {
    SharedState& state = *m_parts->state;
    state.exit_knowledge = static_cast<std::uint32_t>(processes.exit);
    state.session_leader = processes.session_leader;
    for (const pid_t group : processes.groups) {
        if (state.group_count < state.groups.size()) state.groups[state.group_count++] = group;
    }
    for (const AdoptedProcess& process : processes.members) {
        if (state.member_count == state.members.size()) break;
        state.members[state.member_count++] = {process.pid, 0, process.start_ticks, {}, 0};
    }
    const auto written = [&]() -> Result<> {
        const sys::PrivateUmask umask;
        return sys::replace_file_at(m_parts->claim.folder.fd.get(), "spec.json", m_parts->spec_text,
                                    sys::Durability::page_cache);
    }();
    if (!written) return fail(Error(written.error()).within("write the job's spec"));
    (void)::send(m_parts->channel.get(), "c", 1, MSG_NOSIGNAL);
    const auto report = await_report(m_parts->channel.get());
    if (!report) return fail(report.error());
    if (report->stage != twin::StartStage::started)
        return fail_errno(report->error_number, "start the job's second process");
    m_parts->committed = true;
    return {};
}

void Adoption::abandon() {
    if (m_parts->committed) return;
    if (m_parts->channel) {
        // The keeper takes its folder back, and only then lets go of its end.
        constexpr int patience_ms = 5000;
        ::shutdown(m_parts->channel.get(), SHUT_WR);
        char byte = 0;
        pollfd end{m_parts->channel.get(), POLLIN, 0};
        int ready = 0;
        while ((ready = ::poll(&end, 1, patience_ms)) > 0 &&
               ::recv(m_parts->channel.get(), &byte, 1, 0) > 0) {
        }
        m_parts->channel.reset();
        // One that does not move must not come to life later, nor be started anew.
        m_parts->state->over.store(1);
        if (ready == 0 && m_parts->keeper) (void)sys::send_signal(m_parts->keeper.get(), SIGKILL);
    }
    // Nothing is left to do where it has; it may have been killed.
    if (m_parts->registry != nullptr) m_parts->registry->withdraw(m_parts->claim, {});
    m_parts->registry = nullptr;
}

} // namespace outlast::job
