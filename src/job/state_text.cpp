// The text of state.json as a record.
#include "job/state_text.hpp"

#include "base/json_reader.hpp"

#include <algorithm>
#include <limits>

namespace outlast::job {
namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

/// A moment of a damaged file must not overflow what is computed with it.
Nanoseconds moment(JsonReader& json) {
    return std::clamp<Nanoseconds>(json.integer(), 0, most / 4);
}
Nanoseconds from_microseconds(JsonReader& json) {
    return std::clamp<Nanoseconds>(json.integer(), 0, most / 4000) * 1000;
}

Fate::Kind parse_kind(std::string_view kind) noexcept {
    if (kind == "exited") return Fate::Kind::exited;
    if (kind == "signaled") return Fate::Kind::signaled;
    if (kind == "lost") return Fate::Kind::lost;
    return Fate::Kind::unknown;
}

Usage parse_usage(JsonReader& json) {
    Usage usage;
    while (json.next_member()) {
        const std::string_view key = json.key();
        if (key == "user_us") usage.user = from_microseconds(json);
        else if (key == "system_us") usage.system = from_microseconds(json);
        else if (key == "max_resident_kb") usage.max_resident_kb = json.integer();
    }
    return usage;
}

Fate parse_fate(JsonReader& json) {
    Fate fate;
    while (json.next_member()) {
        const std::string_view key = json.key();
        if (key == "kind") fate.kind = parse_kind(json.text());
        else if (key == "code") fate.code = static_cast<int>(json.integer());
        else if (key == "signal") fate.signal = static_cast<int>(json.integer());
        else if (key == "core") fate.core = json.boolean();
        else if (key == "cause") fate.cause = json.text();
        else if (key == "evidence") fate.evidence = json.text();
        else if (key == "by") fate.by = json.text();
        else if (key == "why") fate.why = json.text();
        else if (key == "ended_at_ns") fate.ended = moment(json);
        else if (key == "usage" && json.enter_object()) fate.usage = parse_usage(json);
    }
    return fate;
}

Adopted parse_adopted(JsonReader& json) {
    Adopted adopted;
    while (json.next_member()) {
        const std::string_view key = json.key();
        if (key == "watched_only") adopted.watched_only = json.boolean();
        else if (key == "adopted_at_ns") adopted.at = moment(json);
        else if (key == "exit_status") adopted.exit_status = json.text();
        else if (key == "terminal_path") adopted.terminal_path = json.text();
        else if (key == "session_leader")
            adopted.session_leader = static_cast<pid_t>(json.integer());
        else if (key == "terminal_lost") adopted.terminal_lost = json.boolean();
        else if (key == "output") adopted.output = json.text();
    }
    return adopted;
}

/// The members that the keeper writes anew at each change; false when the key is none of them.
bool take_changing(JsonReader& json, Record& record) {
    const std::string_view key = json.key();
    if (key == "name") record.name = json.text();
    else if (key == "run") record.run = static_cast<std::uint32_t>(json.unsigned_integer(1));
    else if (key == "phase") record.phase = json.text();
    else if (key == "pid") record.pid = static_cast<pid_t>(json.integer());
    else if (key == "pid_start") record.pid_start = json.unsigned_integer();
    else if (key == "keeper_pid") record.keeper_pid = static_cast<pid_t>(json.integer());
    else if (key == "scribe_pid") record.scribe_pid = static_cast<pid_t>(json.integer());
    else if (key == "started_at_ns") record.started = moment(json);
    else if (key == "terminal") record.terminal = json.boolean();
    else if (key == "keeps_log") record.keeps_log = json.boolean(true);
    else if (key == "fate") {
        if (json.enter_object()) record.fate = parse_fate(json);
    } else if (key == "adopted") {
        if (json.enter_object()) record.adopted = parse_adopted(json);
    } else return false;
    return true;
}

void take_fixed(JsonReader& json, Record& record) {
    const std::string_view key = json.key();
    if (key == "id") record.id = json.text();
    else if (key == "host") record.host = json.text();
    else if (key == "boot_id") record.boot_id = json.text();
    else if (key == "created_at_ns") record.created = moment(json);
    else if (key == "command") record.command = json.text();
    else if (key == "directory") record.directory = json.text();
    else if (key == "tags") record.tags = json.text_list();
    else if (key == "socket") record.socket = json.text();
    else if (key == "log_max") record.log_max = json.unsigned_integer();
}

} // namespace

Record damaged_record(std::uint64_t number, std::string why) {
    Record record;
    record.number = number;
    record.name = "?";
    record.damage = std::move(why);
    return record;
}

Record parse_state(std::uint64_t number, std::string_view text) {
    Record record;
    record.number = number;
    JsonReader json(text);
    while (json.next_member()) {
        if (!take_changing(json, record)) take_fixed(json, record);
    }
    if (!json.is_valid()) return damaged_record(number, "state.json is not valid JSON");
    if (record.phase.empty() || record.name.empty())
        return damaged_record(number, "state.json lacks a name or a phase");
    record.condition = Condition::running;
    return record;
}

} // namespace outlast::job
