// outlast attach: back into a job.
#include "attach/start_point.hpp"
#include "cli/commands.hpp"
#include "cli/finish_viewing.hpp"
#include "cli/job_operands.hpp"
#include "cli/terminal_handover.hpp"
#include "job/inside.hpp"
#include "job/selector.hpp"
#include "job/view_circle.hpp"

#include <unistd.h>

namespace outlast::cli {
namespace {

constexpr Option attach_options[] = {
    {"read-only", 'r', Takes::nothing, nullptr, "look, type nothing, leave the size alone"},
    {"force", 0, Takes::nothing, nullptr, "attach even to the job this runs in"},
    {"last", 0, Takes::value, "N", "show the last N lines first (200, if new to this terminal)"},
};

constexpr std::uint64_t usual_lines = 200;

Result<job::Record> choose_attached(const job::Registry& registry, const Arguments& arguments) {
    if (arguments.operands().size() > 1)
        return fail(Errc::usage, "attach takes one job", {},
                    "outlast attach JOB, in a terminal for each");
    if (!arguments.operands().empty()) return job::select_job(registry, arguments.operands()[0]);
    return job::default_job(registry);
}

/// One line: which job it is when none was named, and how to leave one that takes the terminal.
void say_attached(const job::Record& record, bool was_named, bool takes_terminal,
                  const Output& output) {
    std::string line = was_named ? job_label(record) : "this is " + job_label(record);
    if (takes_terminal) line += " · " + detach_keys() + " leaves it running";
    if (takes_terminal || !was_named) output.remark(line);
}

Result<int> attach(const Arguments& arguments, Output& output) {
    if (output.json) {
        return fail(Errc::usage, "attach has no JSON form",
                    "it is for somebody at a terminal: what a job writes is shown as it is",
                    "outlast logs --json JOB, or outlast status --json JOB");
    }
    const auto lines = number_option(arguments, "last", usual_lines);
    if (!lines) return fail(lines.error());
    auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    const auto record = choose_attached(*registry, arguments);
    if (!record) return fail(record.error());
    if (!arguments.has("force")) {
        auto outside = job::refuse_inside(*record, "its output would go round in circles");
        if (outside) outside = job::refuse_circle(*registry, *record);
        if (!outside) return fail(outside.error());
    }
    const auto folder = registry->open_folder(record->number);
    if (!folder) return fail(folder.error());
    attach::ViewerOptions view_options;
    view_options.read_only = arguments.has("read-only");
    view_options.prefix = prefix_key();
    const bool restores = record->terminal && record->keeps_log && in_terminal();
    if (!restores) {
        const auto from = attach::find_start(*folder, *record, *lines);
        if (!from) return fail(from.error());
        view_options.from = *from;
        const auto error_from = attach::find_error_start(*folder, *lines);
        if (!error_from) return fail(error_from.error());
        view_options.error_from = *error_from;
    }
    hand_terminal_over(*folder, *record);
    attach::JobLink link(*folder, *record);
    if (auto opened = link.open(describe_viewer(view_options.read_only)); !opened) {
        return fail(opened.error());
    }
    if (restores) {
        // The size is the viewer's from here on: what the program redraws comes after this offset,
        // and what it asks is for us to answer.
        link.await_lead();
        const auto log = log::LogFile::open(folder->fd.get());
        if (!log) return fail(log.error());
        view_options.from = link.lead() && link.leads() ? link.lead()->offset : log->size();
        view_options.history_lines = *lines;
        view_options.only_new_lines = !arguments.has("last");
    }
    block_viewer_signals();
    say_attached(*record, !arguments.operands().empty(),
                 record->terminal && in_terminal() && !link.end(), output);
    auto outcome = view(*folder, link, view_options);
    if (!outcome) return fail(outcome.error());
    return finish_viewing(*outcome, *record, output, Announce::every_end);
}

} // namespace

const Command attach_command_table{
    "attach",
    {"a", "reattach"},
    "ACT",
    "Go back into a job, as if you had never left.",
    "[JOB]",
    "  outlast attach migrate      its last lines, then live; Ctrl-\\ d leaves it running\n"
    "  outlast attach -r migrate   only look\n",
    attach_options,
    Operands::anywhere,
    true,
    attach};

} // namespace outlast::cli
