// outlast without a command: what happened since you were last here.
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/glyphs.hpp"
#include "cli/job_columns.hpp"
#include "cli/job_json.hpp"
#include "cli/last_look.hpp"
#include "cli/news.hpp"
#include "cli/progress.hpp"
#include "job/survey.hpp"
#include "log/last_line.hpp"
#include "sys/clock.hpp"

#include <algorithm>
#include <csignal>
#include <unistd.h>

namespace outlast::cli {
namespace {

constexpr Option news_options[] = {
    {"since", 0, Takes::value, "TIME", "since TIME (-1h, 14:05, yesterday); looks only"},
    {"login", 0, Takes::nothing, nullptr, "one line if there is anything to say; looks only"},
};

constexpr std::size_t most_jobs = 30;
constexpr std::size_t error_tail = 8192;

/// One job as it is shown.
struct Item {
    const job::Record* record;
    std::string line; ///< the last one, or the one that tells the error
    std::string hint; ///< of progress
};

Item describe(const job::Registry& registry, const job::Record& record, Nanoseconds now) {
    Item item{&record, {}, {}};
    if (record.condition == job::Condition::damaged) return item;
    const bool bad = record.fate && record.condition != job::Condition::ok;
    const std::string tail =
        log::read_tail(registry.jobs_fd(), std::to_string(record.number) + "/log", error_tail);
    item.line = bad ? log::last_error_line(tail) : log::last_line(tail);
    if (record.condition == job::Condition::running)
        item.hint = progress_hint(item.line, time_of(record, now));
    return item;
}

std::string time_text(const job::Record& record, Nanoseconds now) {
    const Nanoseconds span = time_of(record, now);
    if (record.condition == job::Condition::damaged || span == 0) return "";
    if (!record.fate) return format_duration(span);
    const std::string moment = format_moment(record.fate->ended, now);
    return (record.condition == job::Condition::ok ? "took " : "after ") + format_duration(span) +
           ", ended " + moment.substr(0, moment.rfind(':'));
}

struct Cells {
    std::string name, number, state, time, line;
};

Cells cells_of(const Item& item, Nanoseconds now) {
    const job::Record& record = *item.record;
    Cells cells{printable_line(record.name), std::to_string(record.number),
                printable_line(job::describe_condition(record)), time_text(record, now), item.line};
    if (!item.hint.empty()) cells.line = item.hint + separator(Output::utf8()) + item.line;
    if (cells.line.empty() && !record.command.empty())
        cells.line = "$ " + printable_line(record.command);
    return cells;
}

/// `text` in exactly `width` columns.
std::string padded(const std::string& text, std::size_t width) {
    std::string cell = fit_width(text, width, Output::utf8());
    cell.append(width - std::min(width, display_width(cell)), ' ');
    return cell;
}

std::string render_items(const std::vector<Item>& items, Nanoseconds now, const Output& output) {
    constexpr std::size_t longest_name = 20;
    constexpr std::size_t longest_state = 34;
    std::vector<Cells> rows;
    std::size_t name = 0, number = 0, state = 0, time = 0;
    for (const Item& item : items) {
        rows.push_back(cells_of(item, now));
        name = std::max(name, std::min(longest_name, display_width(rows.back().name)));
        number = std::max(number, rows.back().number.size());
        state = std::max(state, std::min(longest_state, display_width(rows.back().state)));
        time = std::max(time, rows.back().time.size());
    }
    const bool utf8 = Output::utf8();
    const std::size_t width = Output::stdout_is_terminal() ? Output::columns() : 0;
    std::string text;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const job::Record& record = *items[i].record;
        const std::size_t used = 4 + name + 2 + number + 2 + state + 2 + time + 2;
        std::string line = rows[i].line;
        // Too narrow for the line beside the rest: it goes below.
        const bool below = width > 0 && width < used + 16;
        if (width > 0)
            line = fit_width(line, below ? width - std::min<std::size_t>(width, 8) : width - used,
                             utf8);
        text += "  " + output.styled(style_of(record), glyph_of(record.condition, utf8)) + " " +
                padded(rows[i].name, name) + "  " + rows[i].number +
                std::string(number - rows[i].number.size() + 2, ' ') +
                output.styled(style_of(record), padded(rows[i].state, state)) + "  ";
        if (below) text += rows[i].time + (line.empty() ? "" : "\n        " + line);
        else text += padded(rows[i].time, time) + "  " + line;
        text.erase(text.find_last_not_of(' ') + 1);
        text += "\n";
    }
    return text;
}

void print_how_to(const Output& output) {
    output.print("outlast keeps a command running when the connection is gone.\n\n"
                 "  outlast run ./migrate.sh     start it; Ctrl-\\ d leaves it running\n"
                 "  outlast                      what happened since you were last here\n"
                 "  outlast attach migrate       back into it\n"
                 "  outlast --help               everything else\n");
}

void print_news(const job::Registry& registry, const News& news, std::optional<Nanoseconds> since,
                const Output& output) {
    const Nanoseconds now = sys::realtime_now();
    std::string head = "SO FAR";
    if (since) {
        const std::string moment = format_moment(*since, now);
        head = "SINCE " + moment.substr(0, moment.rfind(':')) + " (" +
               (now - *since < ns_per_second ? "now" : format_duration(now - *since) + " ago") +
               ")";
    }
    std::string text = output.styled(Style::bold, head) + "\n";
    std::vector<Item> items;
    items.reserve(news.jobs.size());
    for (const job::Record& record : news.jobs) items.push_back(describe(registry, record, now));
    text += render_items(items, now, output);
    const bool ended = news.done + news.failed > 0;
    if (news.is_empty()) text += "  nothing happened and nothing runs; all jobs: outlast ls -a\n";
    else if (!ended && since) text += "  nothing has ended since then\n";
    if (news.left_out > 0)
        text += "  and " + std::to_string(news.left_out) + " more that ended well: outlast ls -a\n";
    std::string next;
    for (const std::string& each : suggestions(news))
        next += (next.empty() ? "next: " : separator(Output::utf8())) + each;
    if (!next.empty()) text += output.styled(Style::dim, next) + "\n";
    output.print(text);
}

void print_json(const job::Registry& registry, const News& news, std::optional<Nanoseconds> since,
                const Output& output) {
    const Nanoseconds now = sys::realtime_now();
    JsonWriter json;
    json.begin_object().member("schema_version", 1);
    put_moment(json, "since", since.value_or(0));
    json.member("done", std::uint64_t{news.done}).member("failed", std::uint64_t{news.failed});
    json.member("running", std::uint64_t{news.running});
    json.member("needs_input", std::uint64_t{news.needs_input});
    json.member("damaged", std::uint64_t{news.damaged}).key("jobs").begin_array();
    for (const job::Record& record : news.jobs) {
        const Item item = describe(registry, record, now);
        json.begin_object();
        put_job(json, record);
        json.member("line", item.line);
        if (const auto percentage = find_percentage(item.line); percentage && !record.fate)
            json.key("progress_percent").seconds(*percentage);
        json.end_object();
    }
    json.end_array().key("next").begin_array();
    for (const std::string& each : suggestions(news)) json.string(each);
    output.print_line(json.end_array().end_object().text());
}

/// At a login nothing may go wrong and nobody wants to wait: not for a dead network file system
/// either.
void give_up_soon() {
    constexpr unsigned patience_seconds = 2;
    std::signal(SIGALRM, [](int) { ::_exit(0); });
    ::alarm(patience_seconds);
}

int say_at_login(Output& output) {
    give_up_soon();
    const auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return 0;
    const auto since = read_last_look(registry->path());
    const News news = gather_news(job::survey(*registry, sys::realtime_now()), since, most_jobs);
    if (!news.is_empty())
        output.print_line("outlast: while you were away: " + summarize(news) + ". See: outlast");
    return 0;
}

Result<int> show(const Arguments& arguments, Output& output) {
    if (!arguments.operands().empty())
        return fail(Errc::usage, "outlast news takes no job", {}, "outlast status JOB");
    if (arguments.has("login")) return say_at_login(output);
    const auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    const Nanoseconds now = sys::realtime_now();
    std::optional<Nanoseconds> since = read_last_look(registry->path());
    if (const auto text = arguments.value("since")) {
        since = parse_moment(*text, now);
        if (!since)
            return fail(Errc::usage, "--since: \"" + printable_line(*text) + "\" is no time", {},
                        "for example -1h, 14:05, yesterday");
    }
    auto records = job::survey(*registry, now);
    const bool first_use = records.empty() && !since;
    // A last look in the future is a clock that was set back: then everything is news.
    if (since && *since > now) since.reset();
    const News news = gather_news(std::move(records), since, most_jobs);
    if (output.json) print_json(*registry, news, since, output);
    else if (first_use) print_how_to(output);
    else print_news(*registry, news, since, output);
    if (!arguments.has("since")) write_last_look(registry->path(), now);
    return 0;
}

} // namespace

const Command news_command_table{
    "news",
    {},
    "LOOK",
    "(or no command) Tell what happened since you were last here.",
    "[--since TIME]",
    "  outlast                      since you last looked\n"
    "  outlast news --since -3h     the same again, for another time\n",
    news_options,
    Operands::anywhere,
    false,
    show};

} // namespace outlast::cli
