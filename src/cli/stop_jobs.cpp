// Stops jobs for a command and tells what became of each.
#include "cli/stop_jobs.hpp"

#include "cli/job_operands.hpp"
#include "sys/file.hpp"
#include "sys/signals.hpp"

#include <csignal>
#include <unistd.h>

namespace outlast::cli {
namespace {

std::string list_of(const std::vector<job::Record>& records) {
    std::string list;
    for (const job::Record& record : records)
        list += (list.empty() ? "" : ", ") + job_label(record);
    return list;
}

} // namespace

Result<StopWait> stop_jobs(const job::Registry& registry, const std::vector<job::Record>& records,
                           const attach::StopOrder& order, const Output& output,
                           const attach::StopRound::Report& report) {
    attach::StopRound round(order);
    for (const job::Record& record : records) round.add(registry, record, report);
    // Only from here on: until the keepers know, Ctrl-C ends this command and nothing else.
    const sigset_t before = sys::block_signals({SIGINT});
    const auto signals = sys::open_signal_fd({SIGINT});
    if (!signals) return fail(signals.error());
    bool told = false;
    while (!round.wait(signals->get(), report)) {
        while (sys::take_signal(signals->get())) {
        }
        if (told) return StopWait::left;
        told = true;
        // The terminal has echoed ^C.
        if (!output.quiet && ::isatty(STDERR_FILENO) != 0)
            (void)sys::write_all(STDERR_FILENO, "\n");
        output.remark("still stopping " + list_of(round.pending()) +
                      "; Ctrl-C again leaves that to the keeper");
    }
    sigprocmask(SIG_SETMASK, &before, nullptr);
    return StopWait::over;
}

std::string stop_sentence(const attach::StopOutcome& outcome, const attach::StopOrder& order) {
    using How = attach::StopOutcome::How;
    const job::Record& record = outcome.record;
    const std::string label = job_label(record);
    const job::Fate fate = record.fate.value_or(job::Fate());
    if (outcome.how == How::already_ended)
        return label + " had ended already: " + job::describe_fate(fate);
    if (outcome.how == How::tidied) {
        return label + " had ended already; ended " +
               (outcome.leftovers == 1 ? "a process"
                                       : std::to_string(outcome.leftovers) + " processes") +
               " that it had left running";
    }
    if (outcome.how == How::survived)
        return "stopped " + label + ", but a process of it is still there";
    if (fate.kind == job::Fate::Kind::exited && fate.cause.empty())
        return label + " ended by itself: " + job::describe_fate(fate);
    std::string text = "stopped " + label;
    if (fate.kind == job::Fate::Kind::exited && fate.code != 0)
        text += ", exit code " + std::to_string(fate.code);
    if (fate.kind == job::Fate::Kind::signaled && fate.signal == SIGKILL && order.signal != SIGKILL)
        text += ", with SIGKILL: it did not go by itself";
    return text;
}

} // namespace outlast::cli
