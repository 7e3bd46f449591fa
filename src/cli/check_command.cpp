// outlast check: what becomes of a process when the connection drops.
#include "base/text.hpp"
#include "check/survey.hpp"
#include "cli/check_report.hpp"
#include "cli/commands.hpp"
#include "cli/job_operands.hpp"
#include "cli/process_operand.hpp"
#include "job/selector.hpp"
#include "sys/process_info.hpp"

#include <algorithm>
#include <set>
#include <unistd.h>

namespace outlast::cli {
namespace {

constexpr Option check_options[] = {
    {"self", 0, Takes::nothing, nullptr, "the shell or program that outlast is called by"},
    {"all", 'a', Takes::nothing, nullptr, "list what is safe, and shells and viewers, too"},
    {"ends", 0, Takes::value, "PID", "what if this process ended as well"},
};

/// What the operands name.
struct Subjects {
    std::vector<pid_t> pids; ///< each once
    std::vector<CheckedJob> jobs;

    void add(pid_t pid) {
        if (std::find(pids.begin(), pids.end(), pid) == pids.end()) pids.push_back(pid);
    }
};

std::optional<job::Record> exact_job(const job::Registry& registry, const std::string& word) {
    const auto record = job::select_job(registry, word);
    if (!record || !job::is_alive(record->condition) || !record->here) return std::nullopt;
    const bool exact = record->name == word || record->id == word || word == "-" ||
                       std::to_string(record->number) == word;
    return exact ? std::optional(*record) : std::nullopt;
}

void add_job(Subjects& subjects, const job::Record& record) {
    CheckedJob checked{record, sys::descendants_of(record.pid)};
    for (const pid_t resident : {record.keeper_pid, record.scribe_pid}) {
        const auto stat = sys::read_process_stat(resident);
        if (stat && stat->name.starts_with("outlast-")) checked.pids.push_back(resident);
    }
    for (const pid_t pid : checked.pids) subjects.add(pid);
    subjects.jobs.push_back(std::move(checked));
}

/// Where a number names a job, only a process of the caller's own is meant besides: numbers of jobs
/// are small, and so are those of the system's first processes.
bool may_be_meant(const NamedProcess& process) {
    return process.owner == ::geteuid() && process.pid != 1 && !process.command.starts_with('[');
}

/// A number or a name may mean a process and a job: looking changes nothing, so both are shown.
Result<> add_word(Subjects& subjects, const job::Registry& registry, const std::string& word) {
    const auto named = exact_job(registry, word);
    if (named) add_job(subjects, *named);
    const auto processes = find_processes(word);
    if (processes) {
        for (const NamedProcess& each : *processes) {
            if (!named || may_be_meant(each)) subjects.add(each.pid);
        }
        return {};
    }
    if (named) return {};
    if (word.starts_with('%') || parse_u64(word)) return fail(processes.error());
    const auto begun = job::select_job(registry, word); // the beginning of a job's name
    if (!begun) return fail(processes.error());
    if (auto living = require_living(*begun); !living) return living;
    add_job(subjects, *begun);
    return {};
}

Result<std::set<pid_t>> read_ends(const Arguments& arguments) {
    std::set<pid_t> ends;
    for (const std::string& value : arguments.values("ends")) {
        const auto pid = parse_u64(value);
        if (!pid || *pid == 0 || *pid > INT32_MAX)
            return fail(Errc::usage, "--ends: \"" + printable_line(value) + "\" is no PID");
        ends.insert(static_cast<pid_t>(*pid));
    }
    return ends;
}

bool is_safe(const check::Survey& survey, bool work_only) {
    return std::all_of(survey.groups.begin(), survey.groups.end(), [&](const auto& group) {
        return group.mark() == check::Mark::safe || (work_only && !group.is_work());
    });
}

void print_pids(const check::Survey& survey, const Output& output) {
    for (const check::GroupReport& group : survey.groups) {
        for (const check::ProcessReport& process : group.members) {
            if (process.mark() != check::Mark::safe) output.print_line(std::to_string(process.pid));
        }
    }
}

Result<int> check_everything(const Arguments& arguments, Output& output,
                             const check::SurveyOptions& asked) {
    const check::Survey survey = check::survey(asked);
    if (output.json) print_check_json(survey, {}, output);
    else if (output.quiet) print_pids(survey, output);
    else print_survey(survey, arguments.has("all") ? Listed::all : Listed::at_risk_first, output);
    return is_safe(survey, true) ? 0 : 1;
}

Result<int> check_processes(const Arguments& arguments, Output& output) {
    check::SurveyOptions asked;
    auto ends = read_ends(arguments);
    if (!ends) return fail(ends.error());
    asked.ends = std::move(*ends);
    Subjects subjects;
    if (arguments.has("self")) subjects.add(::getppid());
    const auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    for (const std::string& word : arguments.operands()) {
        if (auto added = add_word(subjects, *registry, word); !added) return fail(added.error());
    }
    if (subjects.pids.empty()) return check_everything(arguments, output, asked);
    const check::Survey survey = check::survey_of(subjects.pids, asked);
    if (survey.groups.empty())
        return fail(Errc::no_such_job, "it has just ended", {}, "outlast check");
    if (output.json) print_check_json(survey, subjects.jobs, output);
    else if (output.quiet) print_pids(survey, output);
    else print_verdicts(survey, subjects.jobs, output);
    return is_safe(survey, false) ? 0 : 1;
}

} // namespace

const Command check_command_table{
    "check",
    {},
    "LOOK",
    "Say what a lost connection does to processes; changes nothing.",
    "[PID|NAME|%N|JOB]…",
    "  outlast check                    this login, and all else of yours\n"
    "  outlast check 4312               why it would end, or not, and what mends it\n"
    "  outlast check %1                 a job of this shell (see outlast hook --help)\n"
    "  outlast check rsync; echo $?     0 safe, 1 at risk, 3 no such process\n",
    check_options,
    Operands::anywhere,
    true,
    check_processes};

} // namespace outlast::cli
