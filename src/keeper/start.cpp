// Starts a run.
#include "keeper/start.hpp"

#include "keeper/anchor.hpp"
#include "keeper/command_child.hpp"
#include "keeper/run_pieces.hpp"
#include "keeper/state_file.hpp"
#include "keeper/viewer_links.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/file_lock.hpp"
#include "sys/pidfd.hpp"
#include "sys/process_info.hpp"
#include "twin/resident.hpp"
#include "twin/spare_file.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace outlast::keeper {
namespace {

using twin::Launch;
using twin::SharedState;
using twin::StartReport;
using twin::StartStage;

void report(const Launch& launch, const StartReport& answer) {
    tell_caller(launch, answer);
    ::close(launch.report);
}

/// The write end that a job gets whose log is in memory: a description of its own, because ours
/// does not block.
Result<sys::UniqueFd> blocking_pipe_end(const SharedState& state) {
    return sys::open_at(AT_FDCWD, "/proc/self/fd/" + std::to_string(state.fds.pipe_write),
                        O_WRONLY);
}

struct StartedChild {
    pid_t pid = 0;
    sys::UniqueFd go;
    sys::UniqueFd failure;
};

Result<pid_t> fork_command(SharedState& state, const ChildPlan& plan) {
    if (state.kernel_tells_exit != 0) {
        const pid_t pid = ::fork();
        if (pid < 0) return fail_errno("fork");
        if (pid == 0) run_child(plan);
        return pid;
    }
    state.fds.anchor_record = ::memfd_create("outlast-anchor", MFD_CLOEXEC);
    if (state.fds.anchor_record < 0) return fail_errno("memfd_create");
    const auto started = start_anchor(plan, state.fds.anchor_record);
    if (!started) return fail(started.error());
    state.anchor_pid = started->anchor;
    if (auto anchor = sys::open_pidfd(started->anchor)) state.fds.anchor = anchor->release();
    return started->child;
}

Result<StartedChild> fork_child(SharedState& state, ChildPlan& plan) {
    auto go = open_pipe(0);
    auto failure = open_pipe(0);
    if (!go || !failure) return fail_errno("pipe");
    plan.go = go->read.get();
    plan.failure = failure->write.get();
    plan.lock = state.fds.lock;
    const auto pid = fork_command(state, plan);
    if (!pid) return fail(pid.error());
    auto pidfd = sys::open_pidfd(*pid);
    if (!pidfd) {
        ::kill(*pid, SIGKILL); // else it would run, for the go that never comes counts as one
        return fail(pidfd.error());
    }
    state.child_pid = *pid;
    state.fds.child = pidfd->release();
    if (const auto stat = sys::read_process_stat(*pid)) state.child_start_ticks = stat->start_ticks;
    return StartedChild{*pid, std::move(go->write), std::move(failure->read)};
}

/// Waits for the exec (the pipe closes) or its failure.
StartReport await_exec(const StartedChild& child) {
    StartReport answer;
    ssize_t count = -1;
    do {
        count = ::read(child.failure.get(), &answer, sizeof answer);
    } while (count < 0 && errno == EINTR);
    if (count == static_cast<ssize_t>(sizeof answer)) return answer;
    return {StartStage::started, 0, child.pid};
}

Result<ChildPlan> prepare(SharedState& state, Launch& launch, sys::UniqueFd& slave,
                          sys::UniqueFd& pipe_end) {
    ChildPlan plan = plan_child(launch);
    plan.output = state.fds.log;
    plan.error = state.fds.error_log >= 0 ? state.fds.error_log : state.fds.log;
    if (state.has_terminal != 0) {
        auto terminal = open_terminal(state, launch);
        if (!terminal) return fail(terminal.error());
        slave = std::move(*terminal);
        plan.terminal = slave.get();
    } else if (state.keeps_log == 0) {
        auto end = blocking_pipe_end(state);
        if (!end) return fail(end.error());
        pipe_end = std::move(*end);
        plan.output = plan.error = pipe_end.get();
    }
    return plan;
}

/// Writes the record before the command runs: it may ask for its own job at once. Returns the
/// record of the run before, should this one not come about.
Result<std::string> record_start(SharedState& state) {
    Result<std::string> before = state.run > 1
                                     ? sys::read_file_at(state.fds.job_folder, "state.json")
                                     : fail_errno(ENOENT, "state.json");
    state.phase.store(static_cast<std::uint32_t>(twin::Phase::running));
    twin::settle();
    // There was room when the caller made the spare; somebody may have been faster since.
    if (!write_state(state, sys::Durability::page_cache))
        (void)twin::replace_state_by_spare(state.fds.job_folder, render_state(state));
    return before;
}

} // namespace

Result<> start_run(twin::Twins& twins, twin::Launch& launch) {
    SharedState& state = twins.state();
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    char go = 0;
    if (::read(launch.report, &go, 1) != 1) return fail(Errc::refused, "the caller has gone");

    const auto give_up = [&](StartStage stage, const Error& error) {
        report(launch, {stage, error.code.value(), 0});
        return Failure(error);
    };
    if (auto done = open_shared_pieces(state); !done)
        return give_up(StartStage::keeper, done.error());
    if (auto done = open_listener(state); !done) return give_up(StartStage::keeper, done.error());
    if (state.holds_agent != 0) {
        if (auto done = open_waiting_place(state); !done)
            return give_up(StartStage::keeper, done.error());
    }
    sys::UniqueFd slave;
    sys::UniqueFd pipe_end;
    auto plan = prepare(state, launch, slave, pipe_end);
    if (!plan)
        return give_up(state.has_terminal != 0 ? StartStage::terminal : StartStage::keeper,
                       plan.error());

    state.started = sys::realtime_now();
    if (struct stat info{}; ::fstat(state.fds.log, &info) == 0)
        state.answered = static_cast<std::uint64_t>(info.st_size);
    auto child = fork_child(state, *plan);
    if (!child) return give_up(StartStage::keeper, child.error());
    slave.reset();
    pipe_end.reset();
    if (auto done = twins.fork_scribe(); !done) {
        (void)sys::send_signal(state.fds.child, SIGKILL);
        return give_up(StartStage::keeper, done.error());
    }
    if (launch.input >= 0) ::close(launch.input);
    const auto before = record_start(state);
    // From here on the job's life does not depend on this process alone.
    (void)!::write(child->go.get(), "g", 1);
    const StartReport outcome = await_exec(*child);
    if (outcome.stage != StartStage::started) {
        twins.end_other();
        sys::reap(child->pid);
        if (before) {
            (void)sys::replace_file_at(state.fds.job_folder, "state.json", *before,
                                       sys::Durability::page_cache);
        }
        report(launch, {outcome.stage, outcome.error_number, 0});
        return fail_errno(outcome.error_number, "exec");
    }
    append_event(state, "started",
                 [&](JsonWriter& event) { event.member("pid", state.child_pid); });
    report(launch, {StartStage::started, 0, child->pid});
    return {};
}

} // namespace outlast::keeper
