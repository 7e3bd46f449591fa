// outlast export: a job's terminal in a form that other programs play.
#include "attach/asciicast.hpp"
#include "cli/commands.hpp"
#include "cli/job_operands.hpp"
#include "job/registry.hpp"
#include "job/selector.hpp"

namespace outlast::cli {
namespace {

constexpr Option export_options[] = {
    {"asciicast", 0, Takes::nothing, nullptr,
     "as a recording for asciinema (the only form there is)"},
};

Result<int> write(const Arguments& arguments, Output& output) {
    if (arguments.operands().size() != 1)
        return fail(Errc::usage, "export takes one job", {},
                    "outlast export --asciicast JOB > job.cast");
    const auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    const auto record = job::select_job(*registry, arguments.operands()[0]);
    if (!record) return fail(record.error());
    if (!record->terminal || !record->keeps_log) {
        return fail(Errc::refused, job_label(*record) + " has no screen to record",
                    record->terminal ? "it was started with --no-log"
                                     : "it runs without a terminal",
                    "outlast logs " + record->name);
    }
    const auto folder = registry->open_folder(record->number);
    if (!folder) return fail(folder.error());
    const auto written = attach::write_asciicast(
        *folder, *record, [&](const std::string& line) { output.print_line(line); });
    if (!written) return fail(written.error());
    return 0;
}

} // namespace

const Command export_command_table{
    "export",
    {},
    "LOOK",
    "Write a job's terminal as a recording.",
    "--asciicast JOB",
    "  outlast export --asciicast upgrade > upgrade.cast    asciinema play upgrade.cast\n",
    export_options,
    Operands::anywhere,
    true,
    write};

} // namespace outlast::cli
