// outlast ls: living jobs, and what ended within the last day.
#include "base/json_writer.hpp"
#include "cli/commands.hpp"
#include "cli/job_columns.hpp"
#include "cli/job_json.hpp"
#include "job/survey.hpp"
#include "log/last_line.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"

#include <algorithm>

namespace outlast::cli {
namespace {

constexpr Option ls_options[] = {
    {"all", 'a', Takes::nothing, nullptr, "also jobs that ended more than a day ago"},
    {"failed", 0, Takes::nothing, nullptr, "only jobs that ended badly"},
    {"tag", 0, Takes::value, "TAG", "only jobs started with --tag TAG"},
    {"sort", 0, Takes::value, "age|cpu|mem", "oldest (the default) or largest first"},
    {"columns", 0, Takes::value, "LIST",
     "number,name,state,time,output,command,pid,"
     "\n                              "
     "cpu,mem,size,dir,tags,host,started,ended,exit,id"},
};

constexpr Nanoseconds recent = Nanoseconds{24} * 3600 * ns_per_second;
/// Nobody reads the last lines of more jobs than this, and each costs an open file.
constexpr std::size_t most_last_lines = 500;
constexpr Nanoseconds sample_span = 100 * ns_per_ms;
constexpr const char* usual_columns = "number,name,state,time,output";

struct Wish {
    std::vector<const JobColumn*> columns;
    bool columns_given = false;
    std::string sort = "age";
    bool all = false;
    bool failed = false;
    std::optional<std::string> tag;

    [[nodiscard]] bool shows(std::string_view name) const {
        return std::any_of(columns.begin(), columns.end(),
                           [&](const JobColumn* each) { return name == each->name; });
    }
};

Result<Wish> read_wish(const Arguments& arguments) {
    if (!arguments.operands().empty()) {
        return fail(Errc::usage, "outlast ls takes no job", {},
                    "outlast status " + arguments.operands()[0]);
    }
    Wish wish;
    auto columns = parse_columns(arguments.value("columns").value_or(usual_columns));
    if (!columns) return fail(columns.error());
    wish.columns = std::move(*columns);
    wish.columns_given = arguments.has("columns");
    wish.sort = arguments.value("sort").value_or("age");
    if (wish.sort != "age" && wish.sort != "cpu" && wish.sort != "mem")
        return fail(Errc::usage, "--sort: \"" + wish.sort + "\"", {}, "age, cpu or mem");
    if (wish.sort != "age" && !wish.columns_given)
        wish.columns = *parse_columns("number,name,state,time,cpu,mem,output");
    wish.all = arguments.has("all");
    wish.failed = arguments.has("failed");
    wish.tag = arguments.value("tag");
    return wish;
}

bool ended_badly(const job::Record& record) {
    if (record.condition == job::Condition::damaged) return true;
    if (!record.fate || record.condition == job::Condition::ok) return false;
    return record.fate->cause != "stopped"; // as its user wanted it
}

bool is_old(const job::Record& record, Nanoseconds now) {
    if (!record.fate) return false;
    const Nanoseconds end =
        record.fate->ended > 0 ? record.fate->ended : std::max(record.started, record.created);
    return end < now - recent;
}

bool is_wanted(const job::Record& record, const Wish& wish) {
    if (wish.failed && !ended_badly(record)) return false;
    if (!wish.tag) return true;
    return std::find(record.tags.begin(), record.tags.end(), *wish.tag) != record.tags.end();
}

void add_last_lines(std::vector<JobRow>& rows, int jobs_directory) {
    for (JobRow& row : rows) {
        if (row.record.condition == job::Condition::damaged) continue;
        const std::string name = std::to_string(row.record.number) + "/log";
        row.last_line = log::last_line(log::read_tail(jobs_directory, name));
    }
}

void add_sizes(std::vector<JobRow>& rows, int jobs_directory) {
    for (JobRow& row : rows) {
        struct stat info {};
        const std::string name = std::to_string(row.record.number) + "/log";
        if (::fstatat(jobs_directory, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0)
            row.log_size = static_cast<std::uint64_t>(info.st_size);
    }
}

void add_use(std::vector<JobRow>& rows) {
    std::vector<job::Record> records;
    records.reserve(rows.size());
    for (const JobRow& row : rows) records.push_back(row.record);
    auto samples = job::sample_use(records, sample_span);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].use = std::move(samples[i]);
}

void sort_rows(std::vector<JobRow>& rows, const std::string& sort) {
    if (sort == "age") return; // numbers are given in that order
    const auto value = [&](const JobRow& row) {
        if (!row.use) return -1.0;
        return sort == "cpu" ? row.use->cpu_percent : static_cast<double>(row.use->memory);
    };
    std::stable_sort(rows.begin(), rows.end(),
                     [&](const JobRow& a, const JobRow& b) { return value(a) > value(b); });
}

void complete(std::vector<JobRow>& rows, const Wish& wish, const Output& output, int directory) {
    if (wish.sort != "age" || wish.shows("cpu") || wish.shows("mem")) add_use(rows);
    sort_rows(rows, wish.sort);
    if (output.quiet) return;
    if (wish.shows("output") && (wish.columns_given || rows.size() <= most_last_lines))
        add_last_lines(rows, directory);
    if (wish.shows("size") || output.json) add_sizes(rows, directory);
}

void print_json(const std::vector<JobRow>& rows, const Output& output) {
    JsonWriter json;
    json.begin_object().member("schema_version", 1).key("jobs").begin_array();
    for (const JobRow& row : rows) {
        json.begin_object();
        put_job(json, row.record);
        if (row.log_size) json.member("log_size", *row.log_size);
        if (!row.last_line.empty()) json.member("last_line", row.last_line);
        if (row.use) {
            json.key("cpu_percent").seconds(row.use->cpu_percent);
            json.member("memory_bytes", row.use->memory);
        }
        json.end_object();
    }
    output.print_line(json.end_array().end_object().text());
}

void print_numbers(const std::vector<JobRow>& rows, const Output& output) {
    std::string text;
    for (const JobRow& row : rows) text += std::to_string(row.record.number) + "\n";
    output.print(text);
}

void print_table(const std::vector<JobRow>& rows, const Wish& wish, std::size_t older,
                 const Output& output) {
    const std::size_t width = Output::stdout_is_terminal() ? Output::columns() : 0;
    if (!rows.empty())
        output.print(render_jobs(rows, wish.columns, width, sys::realtime_now(), output));
    const std::string more = std::to_string(older) + (older == 1 ? " older job" : " older jobs") +
                             ": outlast ls -a" + (wish.failed ? " --failed" : "");
    if (rows.empty() && older == 0 && !wish.failed && !wish.tag)
        output.remark("there are no jobs yet.  outlast run COMMAND starts one");
    else if (rows.empty()) output.remark("no such job" + (older > 0 ? "; " + more : ""));
    else if (older > 0 && Output::stdout_is_terminal()) output.remark(more);
}

Result<int> list(const Arguments& arguments, Output& output) {
    const auto wish = read_wish(arguments);
    if (!wish) return fail(wish.error());
    const auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    const Nanoseconds now = sys::realtime_now();
    std::vector<JobRow> rows;
    std::size_t older = 0;
    for (job::Record& record : job::survey(*registry, now)) {
        if (!is_wanted(record, *wish)) continue;
        if (!wish->all && is_old(record, now)) ++older;
        else rows.push_back({std::move(record), {}, {}, {}});
    }
    complete(rows, *wish, output, registry->jobs_fd());
    if (output.json) print_json(rows, output);
    else if (output.quiet) print_numbers(rows, output);
    else print_table(rows, *wish, older, output);
    return 0;
}

} // namespace

const Command ls_command_table{
    "ls",
    {"ps", "list"},
    "LOOK",
    "List jobs: those that run, and those that ended within a day.",
    "[OPTIONS]",
    "  outlast ls                            what runs, and what ended within a day\n"
    "  outlast ls -a --failed                everything that ever failed\n"
    "  outlast ls --sort cpu                 who keeps the machine busy\n"
    "  outlast stop $(outlast ls -q --tag nightly)\n",
    ls_options,
    Operands::anywhere,
    false,
    list};

} // namespace outlast::cli
