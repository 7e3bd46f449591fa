// outlast run: start a command that nothing ends but itself.
#include "attach/log_source.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/config.hpp"
#include "cli/finish_viewing.hpp"
#include "cli/promise.hpp"
#include "cli/run_request.hpp"
#include "job/launch.hpp"
#include "job/prune.hpp"
#include "sys/clock.hpp"
#include "sys/signals.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <limits>
#include <poll.h>
#include <unistd.h>

namespace outlast::cli {
namespace {

constexpr Option run_options[] = {
    {"detach", 'd', Takes::nothing, nullptr, "return at once and print the job's number"},
    {"name", 'n', Takes::value, "NAME", "call the job NAME"},
    {"directory", 'C', Takes::value, "DIR", "run in DIR"},
    {"env", 'e', Takes::value, "K=V", "set a variable (K alone: unset it)"},
    {"env-file", 0, Takes::value, "FILE", "set the variables in FILE, a line K=V each"},
    {"terminal", 't', Takes::nothing, nullptr, "give the job a terminal"},
    {"no-terminal", 'T', Takes::nothing, nullptr, "give it none"},
    {"stdin", 0, Takes::value, "FILE|-", "its input, without a terminal (- is ours)"},
    {"stderr", 0, Takes::nothing, nullptr, "keep its error output apart (no terminal)"},
    {"timeout", 0, Takes::value, "SPAN", "stop it after SPAN"},
    {"yield", 0, Takes::value, "SPAN", "hand back after SPAN; exit code 124 if it runs"},
    {"key", 0, Takes::value, "KEY", "start it only once: KEY names the job"},
    {"stop-signal", 0, Takes::value, "SIG", "what outlast stop sends first (TERM)"},
    {"stop-grace", 0, Takes::value, "SPAN", "until outlast stop sends KILL (10s)"},
    {"log-max", 0, Takes::value, "SIZE", "keep at most SIZE of output (4G)"},
    {"no-log", 0, Takes::nothing, nullptr, "keep output in memory, while it runs"},
    {"size", 0, Takes::value, "COLSxROWS", "the terminal's size, whoever looks"},
    {"hold-agent", 0, Takes::nothing, nullptr, "with nobody attached, ssh waits for an agent"},
    {"nice", 0, Takes::value, "N", "lower its priority by N"},
    {"tag", 0, Takes::value, "TAG", "mark it; outlast ls --tag TAG finds it"},
};

std::string label(const job::Started& started) {
    return "job " + std::to_string(started.number) + " \"" + started.name + "\"";
}

/// With -d: the number, and a remark only where it will not be there for long.
void print_started(const job::Started& started, const Outlook& outlook, const Output& output) {
    const check::Survival survival = look_back(outlook, started, Sure::good_enough);
    if (!output.json) {
        output.print_line(std::to_string(started.number));
        if (!survival.safe())
            output.remark(label(started) + " runs, but " + describe_risk(survival));
        return;
    }
    JsonWriter json;
    json.begin_object()
        .member("schema_version", 1)
        .member("ok", true)
        .member("number", started.number);
    json.member("name", started.name)
        .member("pid", started.pid)
        .member("existing", started.existing);
    json.key("survives_logout");
    if (survival.outcome == check::Outcome::unknown) json.null();
    else json.boolean(survival.safe());
    if (!survival.safe()) json.member("why", survival.why).member("fix", survival.fix);
    json.end_object();
    output.print_line(json.text());
}

void say_started(const job::Started& started, const Outlook& outlook, const Output& output) {
    if (::isatty(STDERR_FILENO) == 0) return;
    const check::Survival survival = look_back(outlook, started, Sure::ask_again);
    std::string line = label(started);
    if (survival.safe()) line += " is safe if you disconnect";
    else line += " runs, but " + describe_risk(survival);
    line += " · " + detach_keys() + " leaves it running";
    output.remark(line);
}

/// The newest part of a log as NAME, with the offsets NAME_from and NAME_end.
void put_tail(JsonWriter& json, const std::string& name, const log::LogFile* log) {
    constexpr std::uint64_t most = std::uint64_t{256} << 10;
    const std::uint64_t end = log != nullptr ? log->size() : 0;
    const std::uint64_t from = end > most ? end - most : 0;
    std::string bytes;
    if (end > 0) {
        if (auto chunk = log->read(from, end - from)) bytes = std::move(chunk->bytes);
    }
    json.member(name + "_from", from).member(name + "_end", end).member(name, bytes);
}

/// Until the run has ended, or the deadline (0: none) has come. SIGINT goes on to the job.
Result<> await_end(attach::JobLink& link, Nanoseconds deadline) {
    const auto signals = sys::open_signal_fd({SIGINT});
    if (!signals) return fail(signals.error());
    while (!link.end() && (deadline == 0 || sys::boottime_now() < deadline)) {
        std::array<pollfd, 2> watch{{{link.fd(), POLLIN, 0}, {signals->get(), POLLIN, 0}}};
        ::poll(watch.data(), watch.size(),
               sys::poll_timeout(deadline == 0 ? sys::never : deadline));
        while (sys::take_signal(signals->get()))
            link.post(wire::to_frame(wire::Signal{SIGINT, wire::SignalTarget::process_group}));
        if (auto served = link.on_readable(); !served) return fail(served.error());
    }
    return {};
}

/// With --json nothing is shown meanwhile: at the end, or when the time of --yield is over, one
/// object with the handle and the output so far.
Result<int> run_as_json(const job::JobFolder& folder, attach::JobLink& link,
                        const attach::ViewerOptions& how, const Output& output) {
    if (auto waited = await_end(link, how.deadline); !waited) return fail(waited.error());
    const auto log = attach::LogSource::open(folder, how);
    const auto errors = attach::LogSource::open_errors(folder, 0);
    JsonWriter json;
    json.begin_object()
        .member("schema_version", 1)
        .member("ok", true)
        .member("number", link.record().number);
    json.member("name", link.record().name).member("running", !link.end().has_value());
    if (link.end())
        json.member("state", job::describe_fate(link.end()->fate))
            .member("exit_code", job::exit_code_of(link.end()->fate));
    put_tail(json, "output", log ? &log->file() : nullptr);
    if (errors && *errors) put_tail(json, "stderr", &(*errors)->file());
    output.print_line(json.end_object().text());
    constexpr int still_runs = 124;
    return link.end() ? job::exit_code_of(link.end()->fate) : still_runs;
}

Result<int> view_started(job::Registry& registry, const job::Started& started,
                         const Arguments& arguments, const Output& output) {
    const auto folder = registry.open_folder(started.number);
    if (!folder) return fail(folder.error());
    const job::Record record = job::read_record(*folder);
    attach::JobLink link(*folder, record);
    const auto span = duration_option(arguments, "yield", 0);
    if (!span) return fail(span.error());
    std::optional<wire::Attach> viewer;
    if (*span == 0 && !output.json) viewer = describe_viewer(false);
    if (auto opened = link.open(viewer); !opened) return fail(opened.error());
    attach::ViewerOptions view_options;
    view_options.prefix = prefix_key();
    view_options.log_fd = started.memory_log.get();
    if (*span > 0) view_options.deadline = sys::boottime_now() + *span;
    if (output.json) return run_as_json(*folder, link, view_options, output);
    auto outcome = view(*folder, link, view_options);
    if (!outcome) return fail(outcome.error());
    return finish_viewing(*outcome, record, output, Announce::unusual_ends);
}

Result<int> run(const Arguments& arguments, Output& output) {
    auto request = make_request(arguments);
    if (!request) return fail(request.error());
    auto registry = job::Registry::open(job::Registry::Missing::create);
    if (!registry) return fail(registry.error());
    const Outlook outlook = look_ahead();
    request->launch.placement = outlook.placement;
    // What is typed as soon as the job runs is for the job.
    if (output.json && !arguments.has("detach")) sys::block_signals({SIGINT});
    const auto started = job::launch(*registry, request->launch);
    if (!started) return fail(started.error());
    output.done_already = label(*started) + (started->existing ? " exists" : " was started");
    if (arguments.has("detach")) print_started(*started, outlook, output);
    constexpr std::uint64_t day = 86400 * static_cast<std::uint64_t>(ns_per_second);
    job::prune_now_and_then(*registry, static_cast<Nanoseconds>(number_setting("keep_days") * day));
    if (arguments.has("detach")) return 0;
    if (started->existing) output.remark(label(*started) + " has this key already");
    else if (!arguments.has("yield") && !output.json) {
        block_viewer_signals();
        say_started(*started, outlook, output);
    }
    return view_started(*registry, *started, arguments, output);
}

} // namespace

const Command run_command_table{
    "run",
    {},
    "START",
    "Start a command that goes on when you are gone.",
    "[OPTIONS] [--] COMMAND…",
    "  outlast run ./migrate.sh                 attached; Ctrl-\\ d leaves it running\n"
    "  outlast run -d rsync -a /data backup:    in the background; prints its number\n"
    "  outlast run 'pg_dump a | psql b'         one word with blanks: a shell with pipefail\n",
    run_options,
    Operands::end_options,
    false,
    run};

} // namespace outlast::cli
