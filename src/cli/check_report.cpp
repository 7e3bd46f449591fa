// How `check` shows verdicts.
#include "cli/check_report.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/glyphs.hpp"
#include "cli/job_operands.hpp"

#include <algorithm>

namespace outlast::cli {
namespace {

using check::Mark;

const char* verdict_glyph(Mark mark, bool utf8) {
    switch (mark) {
    case Mark::safe: return utf8 ? "✓" : "+";
    case Mark::unknown: return "?";
    case Mark::at_risk: return "!";
    case Mark::dies: break;
    }
    return utf8 ? "✗" : "x";
}

Style verdict_style(Mark mark) {
    if (mark == Mark::safe) return Style::good;
    return mark == Mark::dies ? Style::bad : Style::warning;
}

std::string verdict_line(const check::Verdict& verdict, const Output& output) {
    constexpr std::size_t name_column = 11;
    constexpr std::size_t indent = 4 + name_column;
    std::string name(check::threat_name(verdict.threat));
    name.resize(name_column, ' ');
    const std::string reason =
        wrap_words(verdict.reason, indent, std::max<std::size_t>(Output::columns(), 60) - 1);
    const bool dim = !check::counts(verdict.threat);
    const std::string glyph(verdict_glyph(verdict.mark, Output::utf8()));
    return "  " + output.styled(dim ? Style::dim : verdict_style(verdict.mark), glyph) + " " +
           (dim ? output.styled(Style::dim, name + reason) : name + reason);
}

std::string heading(const std::string& who, Mark mark, const Output& output) {
    return who + " " + separator(Output::utf8()) + " " +
           output.styled(verdict_style(mark), verdict_word(mark));
}

void print_process(const check::ProcessReport& process, const Output& output) {
    const std::string pid = "PID " + std::to_string(process.pid) + " ";
    constexpr std::size_t for_verdict = 20;
    const std::size_t room = std::max<std::size_t>(Output::columns(), 60) - for_verdict;
    const std::string command =
        fit_width(process.command, room > pid.size() + 20 ? room - pid.size() : 20, Output::utf8());
    output.print_line(heading(output.styled(Style::bold, pid + command), process.mark(), output));
    for (const check::Verdict& verdict : process.verdicts)
        output.print_line(verdict_line(verdict, output));
    std::vector<std::string> fixes;
    for (const check::Verdict& verdict : process.verdicts) {
        const bool known = std::find(fixes.begin(), fixes.end(), verdict.fix) != fixes.end();
        if (verdict.mark != Mark::safe && !verdict.fix.empty() && !known)
            fixes.push_back(verdict.fix);
    }
    for (const std::string& fix : fixes) output.print_line("  fix: " + Output::in_locale(fix));
    if (process.role == check::Role::view)
        output.print_line("  It only shows what lives elsewhere: nothing is lost with it.");
}

Mark mark_of_job(const check::Survey& survey, const CheckedJob& job) {
    Mark worst = Mark::safe;
    for (const check::GroupReport& group : survey.groups) {
        for (const check::ProcessReport& process : group.members) {
            const bool ours =
                std::find(job.pids.begin(), job.pids.end(), process.pid) != job.pids.end();
            if (ours) worst = std::max(worst, process.mark());
        }
    }
    return worst;
}

std::size_t count_if(const check::Survey& survey, bool (*matches)(const check::GroupReport&)) {
    return static_cast<std::size_t>(
        std::count_if(survey.groups.begin(), survey.groups.end(), matches));
}

std::string summary(const check::Survey& survey) {
    const auto at_risk = count_if(survey, [](const check::GroupReport& group) {
        return group.is_work() && group.mark() >= Mark::at_risk;
    });
    const auto unknown = count_if(survey, [](const check::GroupReport& group) {
        return group.is_work() && group.mark() == Mark::unknown;
    });
    const auto safe = count_if(survey, [](const check::GroupReport& group) {
        return group.is_work() && group.mark() == Mark::safe;
    });
    std::string text = std::to_string(at_risk) + " at risk, ";
    if (unknown > 0) text += std::to_string(unknown) + " cannot be told, ";
    return text + std::to_string(safe) + " safe";
}

/// The member that stands for a group: the first of the worst.
std::string group_command(const check::GroupReport& group) {
    const std::size_t others = group.members.size() - 1;
    return group.worst().command + (others > 0 ? " (+" + std::to_string(others) + ")" : "");
}

/// "hangup, terminal": what threatens it; "safe" when nothing does.
std::string threats_of(const check::ProcessReport& process) {
    std::string names;
    for (const check::Verdict& each : process.verdicts) {
        if (each.mark == Mark::safe || !check::counts(each.threat)) continue;
        names += names.empty() ? "" : ", ";
        names += check::threat_name(each.threat);
    }
    return names.empty() ? "safe" : names;
}

void print_group(const check::GroupReport& group, std::size_t command_columns,
                 const Output& output) {
    constexpr std::size_t pid_columns = 8;
    const check::ProcessReport& worst = group.worst();
    const check::Verdict& verdict = worst.worst();
    std::string pid = std::to_string(worst.pid);
    if (pid.size() < pid_columns) pid.insert(0, pid_columns - pid.size(), ' ');
    std::string command = fit_width(group_command(group), command_columns, Output::utf8());
    const std::size_t shown = display_width(command);
    if (shown < command_columns) command.append(command_columns - shown, ' ');
    std::string why;
    if (worst.role != check::Role::work) why = std::string(check::role_name(worst.role)) + "; ";
    why += threats_of(worst) + ": " + verdict.reason;
    const std::size_t used = 1 + pid_columns + 2 + command_columns + 2;
    const std::size_t width = std::max<std::size_t>(Output::columns(), 60);
    if (Output::stdout_is_terminal())
        why = fit_width(why, width > used + 10 ? width - used : 10, Output::utf8());
    const std::string glyph = verdict_glyph(verdict.mark, Output::utf8());
    output.print_line(output.styled(verdict_style(verdict.mark), glyph) + pid + "  " + command +
                      "  " + why);
}

void put_process(JsonWriter& json, const check::ProcessReport& process) {
    json.begin_object().member("pid", std::int64_t{process.pid});
    json.member("start_ticks", process.start_ticks).member("parent", std::int64_t{process.parent});
    json.member("group", std::int64_t{process.group});
    json.member("session", std::int64_t{process.session});
    json.member("uid", std::uint64_t{process.owner}).member("state", std::string(1, process.state));
    json.member("role", check::role_name(process.role)).member("name", process.name);
    json.member("command", process.command).member("terminal", process.terminal);
    json.member("verdict", check::mark_name(process.mark()));
    json.key("threats").begin_array();
    for (const check::Verdict& verdict : process.verdicts) {
        json.begin_object().member("threat", check::threat_name(verdict.threat));
        json.member("mark", check::mark_name(verdict.mark));
        json.member("counts", check::counts(verdict.threat));
        json.member("reason", verdict.reason).member("fix", verdict.fix).end_object();
    }
    json.end_array().end_object();
}

} // namespace

std::string_view verdict_word(Mark mark) noexcept {
    switch (mark) {
    case Mark::safe: return "SAFE";
    case Mark::unknown: return "CANNOT BE TOLD";
    case Mark::at_risk: return "AT RISK";
    case Mark::dies: break;
    }
    return "ENDS";
}

void print_verdicts(const check::Survey& survey, const std::vector<CheckedJob>& jobs,
                    const Output& output) {
    for (const CheckedJob& job : jobs) {
        const std::string who = "job " + job_label(job.record);
        output.print_line(
            heading(output.styled(Style::bold, who), mark_of_job(survey, job), output));
    }
    for (const check::GroupReport& group : survey.groups) {
        for (const check::ProcessReport& process : group.members) print_process(process, output);
    }
}

void print_survey(const check::Survey& survey, Listed listed, const Output& output) {
    std::vector<const check::GroupReport*> shown;
    std::size_t command_columns = 0;
    for (const check::GroupReport& group : survey.groups) {
        const bool here = group.in_this_session && group.is_work();
        const bool safe = group.mark() == Mark::safe || !group.is_work();
        if (safe && !here && listed != Listed::all) continue;
        shown.push_back(&group);
        command_columns = std::max(command_columns, display_width(group_command(group)));
    }
    const std::size_t width = std::max<std::size_t>(Output::columns(), 60);
    command_columns = std::min(command_columns, width / 3);
    for (const check::GroupReport* group : shown) print_group(*group, command_columns, output);
    const std::size_t hidden = survey.groups.size() - shown.size();
    std::string last = summary(survey);
    if (!survey.terminal.empty() && !survey.connection.empty())
        last += " when " + survey.terminal + " loses its connection, " + survey.connection;
    output.print_line(last);
    if (hidden > 0) output.remark(std::to_string(hidden) + " not listed: outlast check -a");
    for (const std::string& sentence : survey.unseen) output.remark(sentence);
}

void print_check_json(const check::Survey& survey, const std::vector<CheckedJob>& jobs,
                      const Output& output) {
    Mark worst = Mark::safe;
    JsonWriter json;
    json.begin_object().member("schema_version", 1);
    json.member("terminal", survey.terminal).member("connection", survey.connection);
    json.key("processes").begin_array();
    for (const check::GroupReport& group : survey.groups) {
        for (const check::ProcessReport& process : group.members) {
            put_process(json, process);
            if (process.role == check::Role::work) worst = std::max(worst, process.mark());
        }
    }
    json.end_array().key("jobs").begin_array();
    for (const CheckedJob& job : jobs) {
        json.begin_object().member("number", job.record.number).member("name", job.record.name);
        json.member("verdict", check::mark_name(mark_of_job(survey, job)));
        json.key("pids").begin_array();
        for (const pid_t pid : job.pids) json.number(pid);
        json.end_array().end_object();
    }
    json.end_array().key("unseen").begin_array();
    for (const std::string& sentence : survey.unseen) json.string(sentence);
    json.end_array().member("verdict", check::mark_name(worst)).end_object();
    output.print_line(json.text());
}

} // namespace outlast::cli
