// What is said of a job that was adopted.
#include "cli/adopted_text.hpp"

#include "base/text.hpp"
#include "cli/job_json.hpp"
#include "sys/process_info.hpp"

namespace outlast::cli {
namespace {

/// Whether somebody of the same session, but of another group, is the parent of one in the group.
bool has_parent_in_session(pid_t group, pid_t session) {
    for (const pid_t pid : sys::all_pids()) {
        const auto stat = sys::read_process_stat(pid);
        if (!stat || stat->group != group || stat->state == 'Z') continue;
        const auto parent = sys::read_process_stat(stat->parent);
        if (parent && parent->session == session && parent->group != group) return true;
    }
    return false;
}

} // namespace

std::string adopted_text(const job::Record& record, Nanoseconds now) {
    if (!record.adopted) return {};
    const job::Adopted& adopted = *record.adopted;
    std::string text = adopted.at > 0 ? format_moment(adopted.at, now) : "";
    if (adopted.watched_only) text += ", watched only: nothing of the process was changed";
    else if (record.terminal && adopted.terminal_lost)
        text += ", its terminal was lost when keeper and scribe were killed at the same time";
    else if (record.terminal)
        text += ", its terminal is ours since then" +
                std::string(adopted.session_leader == 0 && !record.fate
                                ? "; to its old shell it still belongs to the session there"
                                : "");
    return text;
}

std::string exit_status_text(const job::Record& record) {
    if (!record.adopted || record.fate) return {};
    const std::string& how = record.adopted->exit_status;
    if (how == "kernel") return "will be known (this kernel tells it)";
    if (how == "tracer") return "will be known (a tracer waits for it)";
    if (how == "parent") return "will be known (its parent waits for it)";
    return "will probably not be known: it was started by somebody else";
}

std::string log_origin(const job::Record& record, Nanoseconds now) {
    if (!record.adopted || record.run != 1) return {};
    const job::Adopted& adopted = *record.adopted;
    const std::string name = printable_line(record.name);
    if (!adopted.output.empty())
        return "this is " + printable_line(adopted.output) + ", the file that " + name + " writes";
    const std::string since = adopted.at > 0 ? " at " + format_moment(adopted.at, now) : "";
    if (!record.terminal)
        return "the output of " + name + " is not here: it was adopted" + since +
               " and goes on writing where it did";
    return "this log begins" + since + ", when " + name +
           " was adopted; what it wrote before is not in it";
}

std::string pause_hazard(const job::Record& record) {
    if (!record.adopted) return {};
    const auto main = sys::read_process_stat(record.pid);
    if (!main || main->start_ticks != record.pid_start) return {};
    if (!has_parent_in_session(main->group, main->session)) return {};
    return "do not close the terminal it was started in while it is paused: the kernel would then "
           "send it SIGHUP";
}

void put_adopted(JsonWriter& json, const job::Record& record) {
    if (!record.adopted) return;
    const job::Adopted& adopted = *record.adopted;
    json.key("adopted").begin_object();
    put_moment(json, "at", adopted.at);
    json.member("watched_only", adopted.watched_only).member("exit_status", adopted.exit_status);
    if (record.terminal) {
        json.member("terminal", adopted.terminal_path);
        json.member("controlling_terminal", adopted.session_leader != 0);
        json.member("terminal_lost", adopted.terminal_lost);
    }
    if (!adopted.output.empty()) json.member("output", adopted.output);
    json.end_object();
}

} // namespace outlast::cli
