// outlast events: what happened to jobs, and when.
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "job/event_log.hpp"
#include "job/event_watch.hpp"
#include "job/selector.hpp"
#include "sys/clock.hpp"

#include <csignal>
#include <sys/stat.h>

namespace outlast::cli {
namespace {

constexpr Option events_options[] = {
    {"since", 0, Takes::value, "TIME", "since: 14:05, -1h, \"2026-11-22 13:00\""},
    {"follow", 'f', Takes::nothing, nullptr, "go on, with new jobs too when no JOB is given"},
};

class EventView {
public:
    EventView(const job::Registry& registry, Nanoseconds since, const Output& output)
        : m_registry(registry), m_merge(registry.jobs_fd()), m_since(since), m_output(output) {}

    void add(std::uint64_t number);
    /// Prints what there is now.
    void show();
    int follow(const std::vector<std::uint64_t>& jobs, job::EventWatch::NewJobs new_jobs);

private:
    const std::string& name_of(const job::Event& event);
    void print(const job::Event& event);

    const job::Registry& m_registry;
    job::EventMerge m_merge;
    Nanoseconds m_since;
    const Output& m_output;
    std::map<std::uint64_t, std::string> m_names;
    std::string m_text;
};

void EventView::add(std::uint64_t number) {
    // A file that was last written before that moment has nothing to tell.
    struct stat info {};
    const std::string file = std::to_string(number) + "/events.jsonl";
    if (m_since > 0 && ::fstatat(m_registry.jobs_fd(), file.c_str(), &info, 0) == 0 &&
        static_cast<Nanoseconds>(info.st_mtim.tv_sec + 1) * ns_per_second < m_since)
        return;
    m_merge.add(number);
}

const std::string& EventView::name_of(const job::Event& event) {
    const auto [entry, fresh] = m_names.try_emplace(event.job);
    if (fresh || event.kind == "renamed")
        entry->second = printable_line(job::read_record_at(m_registry.jobs_fd(), event.job).name);
    return entry->second;
}

void EventView::print(const job::Event& event) {
    const std::string& name = name_of(event);
    if (m_output.json) {
        m_text += job::event_json(event, name) + "\n";
        return;
    }
    const std::string time = format_moment(event.time, sys::realtime_now());
    m_text += m_output.styled(Style::dim, time) + "  " + name + " (" + std::to_string(event.job) +
              ")  " + job::describe_event(event) + "\n";
}

void EventView::show() {
    constexpr std::size_t write_size = std::size_t{32} << 10;
    while (const auto event = m_merge.next()) {
        if (event->time >= m_since) print(*event);
        if (m_text.size() < write_size) continue;
        m_output.print(m_text);
        m_text.clear();
    }
    if (!m_text.empty()) m_output.print(m_text);
    m_text.clear();
    for (const auto& [number, lines] : m_merge.take_damaged())
        m_output.remark(std::to_string(lines) + (lines == 1 ? " line" : " lines") +
                        " in the events of job " + std::to_string(number) +
                        " cannot be read; skipped");
}

int EventView::follow(const std::vector<std::uint64_t>& jobs, job::EventWatch::NewJobs new_jobs) {
    job::EventWatch watch(m_registry, new_jobs);
    for (const std::uint64_t number : jobs) watch.add(number);
    // A job or an event that came between the first look and the watch.
    if (new_jobs == job::EventWatch::NewJobs::watch) {
        for (const std::uint64_t number : m_registry.numbers()) {
            if (!m_merge.knows(number)) watch.add(number);
            add(number);
        }
    }
    for (const std::uint64_t number : jobs) m_merge.look_again(number);
    for (;;) {
        show();
        const auto changes = watch.wait();
        if (!changes.output_open) return output_closed;
        for (const std::uint64_t number : changes.jobs) {
            m_merge.look_again(number);
            m_merge.add(number);
        }
    }
}

Result<std::vector<std::uint64_t>> chosen_jobs(const job::Registry& registry,
                                               const Arguments& arguments) {
    if (arguments.operands().empty()) return registry.numbers();
    const auto records = job::select_jobs(registry, arguments.operands());
    if (!records) return fail(records.error());
    std::vector<std::uint64_t> numbers;
    for (const job::Record& record : *records) numbers.push_back(record.number);
    return numbers;
}

Result<int> events(const Arguments& arguments, Output& output) {
    const bool follows = arguments.has("follow");
    Nanoseconds since = 0;
    if (const auto text = arguments.value("since")) {
        const auto moment = parse_moment(*text, sys::realtime_now());
        if (!moment)
            return fail(Errc::usage, "--since: \"" + printable_line(*text) + "\" is no moment", {},
                        "for example 14:05, -1h, \"2026-11-22 13:00\"");
        since = *moment;
    }
    // Following, the directory has to be there, so that the first job is seen.
    auto registry = job::Registry::open(follows ? job::Registry::Missing::create
                                                : job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    const auto jobs = chosen_jobs(*registry, arguments);
    if (!jobs) return fail(jobs.error());
    EventView view(*registry, since, output);
    for (const std::uint64_t number : *jobs) view.add(number);
    view.show();
    if (!follows) return 0;
    return view.follow(*jobs, arguments.operands().empty() ? job::EventWatch::NewJobs::watch
                                                           : job::EventWatch::NewJobs::ignore);
}

} // namespace

const Command events_command_table{
    "events",
    {},
    "LOOK",
    "What happened to jobs, and when: started, ended, attached, stopped by …",
    "[JOB…]",
    "  outlast events --since today     of all jobs, by time\n"
    "  outlast events backup            of one\n"
    "  outlast events -f --json         as they happen, an object a line\n",
    events_options,
    Operands::anywhere,
    true,
    events};

} // namespace outlast::cli
