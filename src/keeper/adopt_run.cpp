// Makes a run of a process that is there already.
#include "keeper/adopt_run.hpp"

#include "keeper/anchor.hpp"
#include "keeper/run_pieces.hpp"
#include "keeper/state_file.hpp"
#include "sys/become_user.hpp"
#include "sys/clock.hpp"
#include "sys/pidfd.hpp"
#include "sys/process_info.hpp"
#include "sys/pty.hpp"
#include "twin/resident.hpp"
#include "twin/spare_file.hpp"

#include <algorithm>
#include <cerrno>
#include <unistd.h>

namespace outlast::keeper {
namespace {

using twin::ExitKnowledge;
using twin::Launch;
using twin::Member;
using twin::SharedState;
using twin::StartStage;

/// False: the caller has gone.
bool await_byte(int channel) {
    char byte = 0;
    ssize_t count = -1;
    do {
        count = ::read(channel, &byte, 1);
    } while (count < 0 && errno == EINTR);
    return count == 1;
}

/// Opened first and looked at then: what has that start now is what the descriptor means.
Result<sys::UniqueFd> pin(pid_t pid, std::uint64_t start) {
    auto fd = sys::open_pidfd(pid);
    if (!fd) return fd;
    const auto stat = sys::read_process_stat(pid);
    if (!stat || stat->start_ticks != start) return fail_errno(ESRCH, "the process");
    return fd;
}

Result<> open_child(SharedState& state) {
    auto child = pin(state.child_pid, state.child_start_ticks);
    if (!child) return fail(child.error());
    state.fds.child = child->release();
    if (state.anchor_pid <= 0) return {};
    // Where it has gone, the record tells, or nobody does.
    if (auto anchor = sys::open_pidfd(state.anchor_pid)) state.fds.anchor = anchor->release();
    return {};
}

/// The command is the first of them; a member that has gone meanwhile is left out.
void take_members(SharedState& state) {
    const std::size_t told = std::min<std::size_t>(state.member_count, state.members.size());
    const auto given = state.members;
    state.members = {};
    state.members[0] = {state.child_pid, 0, state.child_start_ticks, {}, 0};
    std::uint32_t count = 1;
    std::size_t watched = 0;
    for (std::size_t i = 0; i < told && count < state.members.size(); ++i) {
        if (given[i].pid == state.child_pid) continue;
        auto pidfd = pin(given[i].pid, given[i].start);
        if (!pidfd && pidfd.error().is_errno(ESRCH)) continue;
        Member& member = state.members[count++];
        member = {given[i].pid, 0, given[i].start, {}, 0};
        if (pidfd && watched++ < SharedState::most_watched - 1) member.pidfd = pidfd->release();
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        Member& member = state.members[i];
        if (const auto stat = sys::read_process_stat(member.pid))
            stat->name.copy(member.name.data(), member.name.size() - 1);
    }
    state.member_count = count;
}

void tell_adoption(const SharedState& state, JsonWriter& event) {
    event.member("pid", state.child_pid);
    event.member("watched_only",
                 state.adoption == static_cast<std::uint32_t>(twin::Adoption::watched));
    event.member("exit_status", exit_knowledge_name(state));
    event.key("processes").begin_array();
    for (std::uint32_t i = 0; i < state.member_count; ++i) {
        const Member& member = state.members[i];
        event.begin_object().member("pid", member.pid).member("name", member.name.data());
        event.end_object();
    }
    event.end_array();
    if (state.has_terminal != 0)
        event.member("terminal", "/dev/pts/" + std::to_string(state.terminal_index));
    if (!state.output_path.view().empty()) event.member("output", state.output_path.view());
}

Result<> prepare(SharedState& state, const Launch& launch, sys::UniqueFd& slave) {
    if (auto done = open_child(state); !done) return done;
    if (auto done = open_shared_pieces(state); !done) return done;
    if (auto done = open_listener(state); !done) return done;
    if (state.has_terminal == 0) return {};
    if (state.fds.master < 0) {
        auto terminal = open_terminal(state, launch);
        if (!terminal) return fail(terminal.error());
        slave = std::move(*terminal);
    }
    const auto index = sys::terminal_index(state.fds.master);
    if (!index) return fail_errno("the terminal's number");
    state.terminal_index = *index;
    return {};
}

} // namespace

Result<> adopt_run(twin::Twins& twins, twin::Launch& launch) {
    SharedState& state = twins.state();
    twin::settle(); // with the caller's limit on descriptors not every member might be watched
    if (!await_byte(launch.report)) return fail(Errc::refused, "the caller has gone");
    // As long as the slave is open here, the master reports no end.
    sys::UniqueFd slave;
    if (auto done = prepare(state, launch, slave); !done) {
        tell_caller(launch, {StartStage::keeper, done.error().code.value(), 0});
        return done;
    }
    tell_caller(launch, {StartStage::started, 0, ::getpid()});
    if (!await_byte(launch.report)) return fail(Errc::refused, "the caller has gone");
    take_members(state);
    if (state.exit_knowledge == static_cast<std::uint32_t>(ExitKnowledge::tracer))
        start_tracer(state);
    sys::give_up_tracing(); // it came with root's `adopt` of a user's process
    state.phase.store(static_cast<std::uint32_t>(twin::Phase::running));
    if (auto done = twins.fork_scribe(); !done) {
        tell_caller(launch, {StartStage::keeper, done.error().code.value(), 0});
        return done;
    }
    slave.reset();
    if (!write_state(state, sys::Durability::page_cache))
        (void)twin::replace_state_by_spare(state.fds.job_folder, render_state(state));
    append_event(state, "adopted", [&](JsonWriter& event) { tell_adoption(state, event); });
    tell_caller(launch, {StartStage::started, 0, state.child_pid});
    ::close(launch.report);
    return {};
}

} // namespace outlast::keeper
