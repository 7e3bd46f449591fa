// state.json and events.jsonl.
#include "keeper/state_file.hpp"

#include "sys/clock.hpp"
#include "sys/exit_status.hpp"
#include "twin/spare_file.hpp"

#include <algorithm>
#include <sys/stat.h>
#include <unistd.h>

namespace outlast::keeper {
namespace {

using twin::FateKind;
using twin::OomEvidence;
using twin::SharedState;
using twin::StopCause;

/// events.jsonl stops growing here; an event is about 100 bytes. Starts and ends go on.
constexpr off_t max_events_size = off_t{8} << 20;

std::string_view oom_text(std::uint32_t evidence) noexcept {
    switch (static_cast<OomEvidence>(evidence)) {
    case OomEvidence::kernel_log: return "kernel-log";
    case OomEvidence::cgroup: return "cgroup";
    case OomEvidence::counter: return "counter";
    case OomEvidence::none: break;
    }
    return "";
}

void put_usage(const SharedState& state, JsonWriter& json) {
    if (state.has_usage == 0) return;
    json.key("usage").begin_object();
    json.member("user_us", state.user_us).member("system_us", state.system_us);
    json.member("max_resident_kb", state.max_resident_kb);
    json.end_object();
}

/// What a keeper needs that finds the job without one, and what readers show.
void put_adoption(const SharedState& state, JsonWriter& json) {
    if (state.adoption == static_cast<std::uint32_t>(twin::Adoption::none)) return;
    json.key("adopted").begin_object();
    json.member("watched_only",
                state.adoption == static_cast<std::uint32_t>(twin::Adoption::watched));
    json.member("adopted_at_ns", state.adopted_at);
    json.member("exit_status", exit_knowledge_name(state));
    if (state.has_terminal != 0) {
        json.member("terminal_path", "/dev/pts/" + std::to_string(state.terminal_index));
        json.member("session_leader", state.session_leader);
        json.member("terminal_lost", state.fds.master < 0);
    }
    if (!state.output_path.view().empty()) json.member("output", state.output_path.view());
    // Of use while it lives only, and the spare has room for so much.
    if (state.fate_kind != 0) {
        json.end_object();
        return;
    }
    json.key("groups").begin_array();
    for (std::size_t i = 0; i < std::min<std::size_t>(state.group_count, state.groups.size()); ++i)
        json.number(state.groups[i]);
    json.end_array();
    json.key("processes").begin_array();
    for (std::size_t i = 0; i < std::min<std::size_t>(state.member_count, state.members.size());
         ++i) {
        const twin::Member& member = state.members[i];
        json.begin_object().member("pid", member.pid).member("start", member.start);
        json.member("name", member.name.data()).end_object();
    }
    json.end_array().end_object();
}

} // namespace

std::string_view exit_knowledge_name(const SharedState& state) noexcept {
    switch (static_cast<twin::ExitKnowledge>(state.exit_knowledge)) {
    case twin::ExitKnowledge::kernel: return "kernel";
    case twin::ExitKnowledge::tracer: return "tracer";
    case twin::ExitKnowledge::parent: return "parent";
    case twin::ExitKnowledge::unknown: break;
    }
    return "unknown";
}

void put_fate(const SharedState& state, JsonWriter& json) {
    switch (static_cast<FateKind>(state.fate_kind)) {
    case FateKind::none: return;
    case FateKind::exited: json.member("kind", "exited").member("code", state.fate_value); break;
    case FateKind::signaled:
        json.member("kind", "signaled").member("signal", state.fate_value);
        json.member("signal_name", sys::signal_name(state.fate_value))
            .member("core", state.fate_core != 0);
        break;
    case FateKind::unknown:
        json.member("kind", "unknown").member("why", state.fate_why.view());
        break;
    }
    const auto cause = static_cast<StopCause>(state.stop_cause);
    if (cause == StopCause::timeout) json.member("cause", "timeout");
    else if (cause == StopCause::asked)
        json.member("cause", "stopped").member("by", state.stopped_by.view());
    else if (state.fate_oom != 0)
        json.member("cause", "oom").member("evidence", oom_text(state.fate_oom));
    json.member("ended_at_ns", state.ended);
    put_usage(state, json);
}

std::string render_state(const SharedState& state) {
    JsonWriter json;
    json.begin_object();
    json.member("schema_version", 1)
        .member("number", state.number)
        .member("name", state.name.view());
    json.member("run", state.run);
    json.member("phase", twin::phase_name(static_cast<twin::Phase>(state.phase.load())));
    json.member("pid", state.child_pid).member("pid_start", state.child_start_ticks);
    json.member("keeper_pid", state.keeper_pid).member("scribe_pid", state.scribe_pid);
    json.member("started_at_ns", state.started).member("terminal", state.has_terminal != 0);
    json.member("keeps_log", state.keeps_log != 0);
    put_adoption(state, json);
    if (static_cast<FateKind>(state.fate_kind) != FateKind::none) {
        json.key("fate").begin_object();
        put_fate(state, json);
        json.end_object();
    }
    json.raw(state.fixed_json.view());
    json.end_object();
    return json.take() + "\n";
}

Result<> write_state(const SharedState& state, sys::Durability durability) {
    return sys::replace_file_at(state.fds.job_folder, "state.json", render_state(state),
                                durability);
}

Result<> write_fate(const SharedState& state) {
    auto written = write_state(state, sys::Durability::on_disk);
    if (!written) written = twin::replace_state_by_spare(state.fds.job_folder, render_state(state));
    if (written) twin::remove_spare(state.fds.job_folder);
    return written;
}

void append_event(const SharedState& state, std::string_view kind,
                  const std::function<void(JsonWriter&)>& more) {
    if (state.fds.events < 0) return;
    struct stat info {};
    if (::fstat(state.fds.events, &info) != 0) return;
    const bool vital = kind == "started" || kind == "adopted" || kind == "ended";
    if (info.st_size > (vital ? 2 * max_events_size : max_events_size)) return;
    JsonWriter json;
    json.begin_object()
        .member("time_ns", sys::realtime_now())
        .member("run", state.run)
        .member("event", kind);
    if (more) more(json);
    json.end_object();
    // Half a line on a full disk would spoil the next one.
    if (!sys::write_all(state.fds.events, json.take() + "\n"))
        (void)!::ftruncate(state.fds.events, info.st_size);
}

} // namespace outlast::keeper
