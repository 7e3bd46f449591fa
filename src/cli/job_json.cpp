// A job's record as JSON members.
#include "cli/job_json.hpp"

#include "cli/adopted_text.hpp"
#include "sys/exit_status.hpp"

namespace outlast::cli {
namespace {

std::string_view kind_name(job::Fate::Kind kind) noexcept {
    switch (kind) {
    case job::Fate::Kind::exited: return "exited";
    case job::Fate::Kind::signaled: return "signaled";
    case job::Fate::Kind::lost: return "lost";
    case job::Fate::Kind::unknown: break;
    }
    return "unknown";
}

void put_text_if_any(JsonWriter& json, const char* name, const std::string& value) {
    if (!value.empty()) json.member(name, value);
}

void put_usage(JsonWriter& json, const job::Usage& usage) {
    json.key("usage").begin_object();
    json.member("user_ns", usage.user).member("system_ns", usage.system);
    json.member("max_resident_bytes", usage.max_resident_kb * 1024);
    json.end_object();
}

void put_fate(JsonWriter& json, const job::Record& record) {
    const job::Fate& fate = *record.fate;
    json.key("fate").begin_object().member("kind", kind_name(fate.kind));
    if (fate.kind == job::Fate::Kind::exited) json.member("code", fate.code);
    if (fate.kind == job::Fate::Kind::signaled) {
        json.member("signal", fate.signal).member("signal_name", sys::signal_name(fate.signal));
        json.member("core", fate.core);
    }
    put_text_if_any(json, "cause", fate.cause);
    put_text_if_any(json, "evidence", fate.evidence);
    put_text_if_any(json, "by", fate.by);
    put_text_if_any(json, "why", fate.why);
    put_moment(json, "ended_at", fate.ended);
    if (fate.ended > 0 && fate.ended >= record.started && record.started > 0)
        json.member("took_ns", fate.ended - record.started);
    if (fate.usage) put_usage(json, *fate.usage);
    json.end_object();
    json.member("exit_code", job::exit_code_of(fate));
}

} // namespace

void put_moment(JsonWriter& json, const std::string& name, Nanoseconds moment) {
    if (moment > 0) {
        json.member(name, format_rfc3339(moment)).member(name + "_ns", moment);
    } else {
        json.key(name).null();
        json.key(name + "_ns").null();
    }
}

void put_job(JsonWriter& json, const job::Record& record) {
    json.member("number", record.number);
    if (record.condition == job::Condition::damaged) {
        json.key("name").null();
        json.member("state", "damaged").member("damage", record.damage).member("alive", false);
        return;
    }
    json.member("id", record.id).member("name", record.name);
    json.member("state", job::condition_name(record.condition));
    json.member("description", job::describe_condition(record));
    json.member("alive", job::is_alive(record.condition)).member("run", record.run);
    json.member("command", record.command).member("directory", record.directory);
    json.key("tags").begin_array();
    for (const std::string& tag : record.tags) json.string(tag);
    json.end_array();
    json.member("terminal", record.terminal).member("keeps_log", record.keeps_log);
    json.member("host", record.host).member("here", record.here);
    put_moment(json, "created_at", record.created);
    put_moment(json, "started_at", record.started);
    json.member("pid", std::int64_t{record.pid});
    put_adopted(json, record);
    if (record.fate) put_fate(json, record);
}

} // namespace outlast::cli
