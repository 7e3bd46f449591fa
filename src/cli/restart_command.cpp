// outlast restart: run a job again, by its spec.
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/job_operands.hpp"
#include "cli/job_results.hpp"
#include "cli/promise.hpp"
#include "cli/run_request.hpp"
#include "cli/stop_jobs.hpp"
#include "job/command_path.hpp"
#include "job/inside.hpp"
#include "job/removal.hpp"
#include "job/selector.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/signals.hpp"

#include <algorithm>
#include <csignal>
#include <poll.h>
#include <unistd.h>

namespace outlast::cli {
namespace {

constexpr Option restart_options[] = {
    {"signal", 's', Takes::value, "SIG", "stop a running one with SIG first (TERM)"},
    {"grace", 't', Takes::value, "SPAN", "send KILL after SPAN (10s)"},
    {"force", 0, Takes::nothing, nullptr, "even the job that this is inside of"},
};

std::string path_variable(const job::Spec& spec) {
    for (const std::string& entry : spec.environment) {
        if (entry.starts_with("PATH=") && entry.size() > 5) return entry.substr(5);
    }
    return "/usr/local/bin:/usr/bin:/bin";
}

/// The keeper, and so the command, starts where we are.
Result<> enter_directory(const job::Spec& spec) {
    if (::chdir(spec.directory.c_str()) == 0) return {};
    Error error = errno_error("its directory " + printable_line(spec.directory));
    error.fix = "make the directory again, or start a new job: outlast run";
    return fail(std::move(error));
}

Result<> open_input(RunRequest& request) {
    const std::string& input = request.launch.spec.input;
    if (input == "pipe") {
        return fail(Errc::refused, "its standard input cannot be given again",
                    "it came through a pipe or from another program's input, and was read",
                    "start it anew with that input: outlast run");
    }
    if (!input.starts_with('/')) return {};
    auto fd = sys::open_at(AT_FDCWD, input, O_RDONLY | O_NOCTTY);
    if (!fd) return fail(Error(fd.error()).within("its standard input"));
    request.input = std::move(*fd);
    request.launch.input = request.input.get();
    return {};
}

/// All that can fail is found out before a living job is stopped.
Result<RunRequest> make_again(const job::JobFolder& folder) {
    const auto text = sys::read_file_at(folder.fd.get(), "spec.json", std::size_t{16} << 20);
    if (!text) return fail(text.error());
    auto spec = job::parse_spec(*text);
    if (!spec) return fail(spec.error());
    RunRequest request;
    request.launch.spec = std::move(*spec);
    const job::Spec& wanted = request.launch.spec;
    if (auto opened = open_input(request); !opened) return fail(opened.error());
    if (auto entered = enter_directory(wanted); !entered) return fail(entered.error());
    auto program = job::find_program(wanted.arguments[0], path_variable(wanted), wanted.directory);
    if (!program) return fail(program.error());
    request.launch.program = std::move(*program);
    take_over_terminal(request.launch);
    request.launch.signal_mask = sys::callers_signal_mask();
    return request;
}

Result<> stop_first(const job::Registry& registry, const job::Record& record,
                    const attach::StopOrder& order, const Output& output) {
    Result<> done;
    const auto wait =
        stop_jobs(registry, {record}, order, output, [&](const attach::StopOutcome& outcome) {
            if (outcome.how == attach::StopOutcome::How::failed) done = fail(outcome.error);
        });
    if (!wait) return fail(wait.error());
    if (*wait == StopWait::left) {
        return fail(Errc::refused, job_label(record) + " is still being stopped", {},
                    "outlast restart " + printable_line(record.name) + ", when it has ended");
    }
    return done;
}

/// The keeper and the scribe give the lock back a moment after the end was told.
void await_unlocked(const job::JobFolder& folder) {
    const Nanoseconds deadline = sys::boottime_now() + 3 * ns_per_second;
    for (int pause_ms = 1; job::is_locked(folder) && sys::boottime_now() < deadline;
         pause_ms = std::min(pause_ms * 2, 50))
        ::poll(nullptr, 0, pause_ms);
}

Result<int> restart(const Arguments& arguments, Output& output) {
    attach::StopOrder order;
    const auto signal = signal_option(arguments, "signal", 0);
    const auto grace = duration_option(arguments, "grace", -1);
    if (!signal) return fail(signal.error());
    if (!grace) return fail(grace.error());
    order = {*signal, *grace, attach::asked_by("restart")};
    if (arguments.operands().size() != 1)
        return fail(Errc::usage, "outlast restart takes one job", {}, "outlast restart JOB");
    auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    auto record = job::select_job(*registry, arguments.operands()[0]);
    if (!record) return fail(record.error());
    const auto folder = registry->open_folder(record->number);
    if (!folder) return fail(folder.error());
    if (!record->fate) {
        if (auto living = require_living(*record); !living) return fail(living.error());
        auto outside = job::refuse_inside(*record, "to stop it ends this command too");
        if (!outside && !arguments.has("force")) return fail(outside.error());
    }
    auto request = make_again(*folder);
    if (!request) return fail(Error(request.error()).within("restart " + job_label(*record)));
    if (!record->fate) {
        if (auto stopped = stop_first(*registry, *record, order, output); !stopped)
            return fail(stopped.error());
        *record = job::read_record(*folder);
    }
    await_unlocked(*folder);
    if (job::is_locked(*folder)) {
        return fail(Errc::refused, "something of " + job_label(*record) + " still runs",
                    "its command has ended, and left a process behind",
                    "end it: outlast stop " + std::to_string(record->number));
    }
    const Outlook outlook = look_ahead();
    request->launch.placement = outlook.placement;
    if (record->adopted) {
        output.remark(
            job_label(*record) + " was adopted: its command line is run anew, with the " +
            "environment it was started with; its output is in the job's log from now on");
    }
    const auto started = job::relaunch(*registry, *folder, *record, request->launch);
    if (!started) return fail(Error(started.error()).within("restart " + job_label(*record)));
    output.remark(job_label(*record) + " runs again, run " + std::to_string(record->run + 1));
    const check::Survival survival = look_back(outlook, *started, Sure::good_enough);
    if (!survival.safe()) output.remark("but " + describe_risk(survival));
    JsonWriter members;
    members.member("run", record->run + 1).member("pid", started->pid);
    JobResults results(output);
    results.done(*record, "restarted", std::to_string(record->number), members.text());
    return results.finish();
}

} // namespace

const Command restart_command_table{
    "restart",
    {},
    "ACT",
    "Run a job again; one that still runs is stopped first.",
    "[OPTIONS] JOB",
    "  outlast restart migrate      the same command, directory and environment\n"
    "  outlast logs -f migrate      its log goes on where it was\n",
    restart_options,
    Operands::anywhere,
    true,
    restart};

} // namespace outlast::cli
