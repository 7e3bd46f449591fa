// How the details of a job are shown, to people and to programs.
#include "base/text.hpp"
#include "cli/adopted_text.hpp"
#include "cli/glyphs.hpp"
#include "cli/job_columns.hpp"
#include "cli/job_details.hpp"
#include "cli/job_json.hpp"
#include "cli/progress.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <cmath>
#include <unistd.h>

namespace outlast::cli {
namespace {

constexpr std::size_t label_width = 12;

std::string row(std::string_view label, std::string_view text) {
    std::string line = "  " + std::string(label);
    line.append(label_width - std::min(label_width, line.size()), ' ');
    return line + std::string(text) + "\n";
}

std::string head(const JobDetails& details, Nanoseconds now, const Output& output) {
    const job::Record& record = details.record;
    const bool utf8 = Output::utf8();
    std::string line = output.styled(style_of(record), glyph_of(record.condition, utf8)) + " ";
    line += output.styled(Style::bold, printable_line(record.name)) + " (" +
            std::to_string(record.number) + ")   ";
    line += output.styled(style_of(record), printable_line(job::describe_condition(record)));
    const Nanoseconds span = time_of(record, now);
    if (!record.fate && span > 0) line += " " + format_duration(span);
    if (record.fate && span > 0) line += " after " + format_duration(span);
    if (record.fate && record.fate->ended > 0)
        line += ", " + format_moment(record.fate->ended, now);
    if (!job::is_alive(record.condition)) return line + "\n";
    line += "   on " + printable_line(record.host) + ", pid " + std::to_string(record.pid);
    const std::size_t children = details.use ? details.use->processes.size() - 1 : 0;
    if (children > 0)
        line += " (+" + std::to_string(children) + (children == 1 ? " child)" : " children)");
    return line + "\n";
}

std::string output_text(const JobDetails& details, Nanoseconds now) {
    std::string text;
    if (details.last_output) text = "last " + format_ago(now - *details.last_output) + ", ";
    text += details.log_size ? format_size(*details.log_size) : "not to be read";
    std::uint64_t dropped = 0;
    for (const log::Gap& gap : details.gaps) dropped += gap.to - gap.from;
    if (dropped > 0) text += ", " + format_size(dropped) + " of it dropped to keep its bound";
    if (details.lost_bytes > 0)
        text += ", " + format_size(details.lost_bytes) + " lost for want of space";
    if (details.emptied_bytes > 0)
        text += ", " + format_size(details.emptied_bytes) +
                " gone: the job emptied its log (> /dev/stderr?)";
    return text;
}

std::string rate_text(const job::UseSample& use) {
    if (!use.io_known) return "";
    const auto rate = [](double bytes) {
        return format_size(static_cast<std::uint64_t>(std::llround(bytes))) + "/s";
    };
    return "   io r " + rate(use.read_rate) + " w " + rate(use.write_rate);
}

std::string use_text(const JobDetails& details) {
    if (details.use) {
        return "cpu " + std::to_string(std::llround(details.use->cpu_percent)) + "%   mem " +
               format_size(details.use->memory) + rate_text(*details.use);
    }
    if (!details.record.fate || !details.record.fate->usage) return "";
    const job::Usage& usage = *details.record.fate->usage;
    return "cpu " + format_duration(usage.user + usage.system) + " (user " +
           format_duration(usage.user) + ", system " + format_duration(usage.system) +
           ")   mem at most " +
           format_size(static_cast<std::uint64_t>(usage.max_resident_kb) * 1024);
}

std::string viewers_text(const std::vector<wire::Viewer>& viewers) {
    std::string text;
    for (const wire::Viewer& viewer : viewers) {
        if (!text.empty()) text += ", ";
        text += viewer.terminal.empty() ? "without a terminal" : printable_line(viewer.terminal);
        if (viewer.size.columns > 0)
            text +=
                " " + std::to_string(viewer.size.columns) + "x" + std::to_string(viewer.size.rows);
        if (viewer.read_only) text += " read-only";
        text += " (pid " + std::to_string(viewer.pid) + ")";
    }
    return text.empty() ? "nobody" : text;
}

/// Whether the path leads to what the newest viewer has.
bool is_of_newest(const job::StablePath& path, const wire::Offer& offer) {
    return std::any_of(offer.variables.begin(), offer.variables.end(), [&](const auto& variable) {
        return variable.name == path.variable && variable.value == path.leads_to;
    });
}

std::string stable_path_text(const job::StablePath& path, const JobDetails& details) {
    if (path.waits) return "nobody's: a program that asks for it waits (--hold-agent)";
    if (path.leads_to.empty()) return "nobody's: a program that asks for it fails at once";
    std::string text = printable_line(path.leads_to);
    if (!sys::exists(path.path)) text += ", which is gone";
    if (!is_of_newest(path, details.newest_offer)) return text;
    for (const wire::Viewer& viewer : details.viewers.value_or(std::vector<wire::Viewer>())) {
        if (viewer.pid == details.newest_offer.pid && !viewer.terminal.empty())
            return text + ", of " + printable_line(viewer.terminal);
    }
    return text + ", of the viewer with pid " + std::to_string(details.newest_offer.pid);
}

void put_stable_paths(JsonWriter& json, const JobDetails& details) {
    json.key("stable_paths").begin_array();
    for (const job::StablePath& path : details.stable_paths) {
        json.begin_object().member("variable", path.variable).member("path", path.path);
        json.member("leads_to", path.leads_to).member("waits", path.waits);
        if (is_of_newest(path, details.newest_offer))
            json.member("viewer_pid", details.newest_offer.pid);
        json.end_object();
    }
    json.end_array();
}

std::string survives_text(const JobDetails& details, const Output& output) {
    const bool utf8 = Output::utf8();
    std::string text;
    for (const Promise& promise : details.survives) {
        if (!text.empty()) text += "   ";
        text += std::string(promise.name) + " ";
        text += promise.kept ? output.styled(Style::good, utf8 ? "✓" : "yes")
                             : output.styled(Style::bad, utf8 ? "✗" : "NO");
        if (!promise.why.empty()) text += " (" + printable_line(promise.why) + ")";
    }
    return text;
}

std::string damaged_text(const JobDetails& details, const Output& output) {
    const std::string number = std::to_string(details.record.number);
    std::string text =
        output.styled(Style::bad, glyph_of(details.record.condition, Output::utf8())) + " job " +
        number + "   " +
        output.styled(Style::bad, "damaged: " + printable_line(details.record.damage)) + "\n";
    text += row("folder", printable_line(details.folder));
    return text + row("next", "outlast logs " + number + " shows what is left of its output");
}

void put_use(JsonWriter& json, const job::UseSample& use) {
    json.key("processes").begin_array();
    for (const pid_t pid : use.processes) json.number(pid);
    json.end_array().key("use").begin_object();
    json.key("cpu_percent").seconds(use.cpu_percent);
    json.member("cpu_total_ns", use.cpu_total).member("memory_bytes", use.memory);
    if (use.io_known) {
        json.key("read_bytes_per_second").seconds(use.read_rate);
        json.key("write_bytes_per_second").seconds(use.write_rate);
    }
    json.member("sample_ns", use.span).end_object();
}

void put_viewers(JsonWriter& json, const std::vector<wire::Viewer>& viewers) {
    json.key("viewers").begin_array();
    for (const wire::Viewer& viewer : viewers) {
        json.begin_object().member("pid", viewer.pid).member("terminal", viewer.terminal);
        json.member("columns", unsigned{viewer.size.columns});
        json.member("rows", unsigned{viewer.size.rows}).member("read_only", viewer.read_only);
        json.end_object();
    }
    json.end_array();
}

std::string log_text(const JobDetails& details, Nanoseconds now) {
    if (!details.record.keeps_log) return "in memory only, while it runs (--no-log)";
    const std::string origin = log_origin(details.record, now);
    return printable_line(details.folder) + "/log" + (origin.empty() ? "" : ": " + origin);
}

void put_log(JsonWriter& json, const JobDetails& details) {
    json.key("log").begin_object();
    if (details.record.keeps_log) json.member("path", details.folder + "/log");
    if (details.log_size) json.member("size", *details.log_size);
    if (details.last_output) put_moment(json, "last_output_at", *details.last_output);
    json.member("last_line", details.last_line).member("lost_bytes", details.lost_bytes);
    json.member("emptied_bytes", details.emptied_bytes);
    json.key("gaps").begin_array();
    for (const log::Gap& gap : details.gaps)
        json.begin_object().member("from", gap.from).member("to", gap.to).end_object();
    json.end_array().end_object();
}

} // namespace

std::string render_details(const JobDetails& details, Nanoseconds now, const Output& output) {
    const job::Record& record = details.record;
    if (record.condition == job::Condition::damaged) return damaged_text(details, output);
    std::string text = head(details, now, output);
    text += row("command", printable_line(record.command));
    text += row("dir", printable_line(record.directory));
    if (record.started > 0) text += row("started", format_moment(record.started, now));
    if (record.adopted) text += row("adopted", adopted_text(record, now));
    if (const std::string exit = exit_status_text(record); !exit.empty())
        text += row("exit code", exit);
    const std::string hint =
        record.fate ? "" : progress_hint(details.last_line, time_of(record, now));
    if (const auto percentage = find_percentage(details.last_line); !hint.empty())
        text += row("progress", std::to_string(std::llround(*percentage)) + "%" +
                                    separator(Output::utf8()) + hint + " at the pace so far");
    text += row("output", output_text(details, now));
    if (!details.last_line.empty()) text += row("last line", details.last_line);
    if (const std::string use = use_text(details); !use.empty()) text += row("use", use);
    if (details.viewers) text += row("viewers", viewers_text(*details.viewers));
    for (const job::StablePath& path : details.stable_paths)
        text += row(path.variable == "SSH_AUTH_SOCK" ? "agent" : "wayland",
                    stable_path_text(path, details));
    if (!details.survives.empty()) text += row("survives", survives_text(details, output));
    if (details.keeper_starts > 1 || details.scribe_starts > 1)
        text += row("restarts", "keeper " + std::to_string(details.keeper_starts - 1) +
                                    ", scribe " + std::to_string(details.scribe_starts - 1) +
                                    " (nothing was lost by that)");
    if (record.fate && !record.fate->by.empty())
        text += row("ended by", printable_line(record.fate->by));
    text += row("log", log_text(details, now));
    return text;
}

void put_details(JsonWriter& json, const JobDetails& details) {
    json.begin_object();
    put_job(json, details.record);
    json.member("folder", details.folder);
    if (details.record.condition == job::Condition::damaged) {
        json.end_object();
        return;
    }
    json.key("arguments").begin_array();
    for (const std::string& argument : details.arguments) json.string(argument);
    json.end_array();
    json.member("keeper_pid", std::int64_t{details.record.keeper_pid});
    json.member("scribe_pid", std::int64_t{details.record.scribe_pid});
    json.member("keeper_starts", details.keeper_starts);
    json.member("scribe_starts", details.scribe_starts);
    put_log(json, details);
    if (const auto percentage = find_percentage(details.last_line);
        percentage && !details.record.fate)
        json.key("progress_percent").seconds(*percentage);
    if (details.use) put_use(json, *details.use);
    if (details.viewers) put_viewers(json, *details.viewers);
    if (!details.stable_paths.empty()) put_stable_paths(json, details);
    if (!details.survives.empty()) {
        json.key("survives").begin_array();
        for (const Promise& promise : details.survives) {
            json.begin_object().member("what", promise.name).member("kept", promise.kept);
            json.member("why", promise.why).end_object();
        }
        json.end_array();
    }
    json.end_object();
}

} // namespace outlast::cli
