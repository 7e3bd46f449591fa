// outlast signal: send a signal into a job.
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/job_operands.hpp"
#include "cli/job_results.hpp"
#include "job/keeper_connection.hpp"
#include "job/selector.hpp"
#include "sys/exit_status.hpp"

namespace outlast::cli {
namespace {

constexpr Option signal_options[] = {
    {"group", 'g', Takes::nothing, nullptr, "to the foreground, as a key such as Ctrl-C"},
    {"all", 'a', Takes::nothing, nullptr, "to every process of the job"},
};

Result<wire::Signal> describe(const Arguments& arguments) {
    const std::string& name = arguments.operands()[1];
    wire::Signal signal;
    signal.number = sys::signal_number(name);
    if (signal.number <= 0) {
        return fail(Errc::usage, "\"" + printable_line(name) + "\" is no signal", {},
                    "for example INT, TERM, HUP, USR1, 9");
    }
    if (arguments.has("group") && arguments.has("all"))
        return fail(Errc::usage, "--group and --all exclude each other");
    if (arguments.has("group")) signal.target = wire::SignalTarget::process_group;
    if (arguments.has("all")) signal.target = wire::SignalTarget::whole_job;
    return signal;
}

Result<int> send_signal(const Arguments& arguments, Output& output) {
    if (arguments.operands().size() != 2)
        return fail(Errc::usage, "outlast signal needs a job and a signal", {},
                    "outlast signal JOB USR1");
    const auto signal = describe(arguments);
    if (!signal) return fail(signal.error());
    const auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    const auto record = job::select_job(*registry, arguments.operands()[0]);
    if (!record) return fail(record.error());
    if (auto living = require_living(*record); !living) return fail(living.error());
    const auto folder = registry->open_folder(record->number);
    if (!folder) return fail(folder.error());
    auto connection = job::KeeperConnection::connect(*folder, *record);
    if (!connection) return fail(connection.error());
    if (auto sent = connection->request(wire::to_frame(*signal)); !sent) return fail(sent.error());
    JobResults results(output);
    results.done(*record, "signaled",
                 "sent " + sys::signal_name(signal->number) + " to " + job_label(*record));
    return results.finish();
}

} // namespace

const Command signal_command_table{
    "signal",
    {},
    "ACT",
    "Send a signal to a job's command.",
    "[--group|--all] JOB SIGNAL",
    "  outlast signal nginx HUP           to the command itself\n"
    "  outlast signal --group build INT   as Ctrl-C would\n"
    "  outlast signal --all train USR1    to every process of the job\n",
    signal_options,
    Operands::anywhere,
    true,
    send_signal};

} // namespace outlast::cli
