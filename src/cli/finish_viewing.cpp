// What `run` and `attach` say and return when their viewer is done.
#include "cli/finish_viewing.hpp"

#include "base/text.hpp"
#include "cli/config.hpp"
#include "cli/job_operands.hpp"
#include "sys/file.hpp"
#include "sys/pty.hpp"
#include "sys/signals.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <unistd.h>

namespace outlast::cli {
namespace {

constexpr int signal_base = 128;
constexpr int exit_time_over = 124;
constexpr int exit_own_failure = 125;

std::string way_back(const job::Record& record) {
    return (record.terminal ? "Come back: outlast attach " : "Its output: outlast logs -f ") +
           record.name;
}

Error output_error(const attach::ViewerOutcome& outcome, const job::Record& record) {
    const std::string state =
        outcome.end ? " has ended: " + job::describe_fate(outcome.end->fate) : " is running on";
    return make_error(Errc::refused, "the output cannot be written here: " + outcome.output_error,
                      "the job itself is not touched: " + job_label(record) + state,
                      "outlast logs " + record.name + " has all of it");
}

} // namespace

void block_viewer_signals() {
    sys::block_signals({SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGWINCH, SIGTSTP});
}

bool in_terminal() { return ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0; }

wire::Attach describe_viewer(bool read_only) {
    wire::Attach attach;
    attach.read_only = read_only;
    std::array<char, 128> name{};
    if (::ttyname_r(STDIN_FILENO, name.data(), name.size()) == 0) attach.terminal = name.data();
    if (const auto size = sys::window_size(STDOUT_FILENO); size && in_terminal()) {
        attach.size = {size->ws_row, size->ws_col, size->ws_xpixel, size->ws_ypixel};
    }
    return attach;
}

unsigned char prefix_key() {
    constexpr unsigned char control_backslash = 0x1c;
    return attach::PrefixKeys::parse(setting("prefix")).value_or(control_backslash);
}

std::string detach_keys() {
    return std::string("Ctrl-") + static_cast<char>(prefix_key() + '@') + " d";
}

Result<attach::ViewerOutcome> view(const job::JobFolder& folder, attach::JobLink& link,
                                   attach::ViewerOptions options) {
    sys::UniqueFd log;
    if (!link.record().keeps_log && options.log_fd < 0) {
        if (link.connection() == nullptr) {
            return fail(Errc::already_ended,
                        job_label(link.record()) + " has ended, and its output is gone",
                        "it was started with --no-log: its output was in memory while it ran",
                        "how it ended: outlast status " + link.record().name +
                            "; again: outlast restart " + link.record().name);
        }
        auto fd = link.connection()->get_log();
        if (!fd) return fail(fd.error());
        log = std::move(*fd);
        options.log_fd = log.get();
    }
    block_viewer_signals();
    if (link.record().terminal && in_terminal() && options.deadline == 0)
        return attach::view_in_terminal(folder, link, options);
    return attach::view_as_stream(folder, link, options);
}

int finish_viewing(const attach::ViewerOutcome& outcome, const job::Record& record,
                   const Output& output, Announce announce) {
    using How = attach::ViewerOutcome::How;
    const auto tell = [&](const std::string& text) {
        if (outcome.mid_line && !output.quiet) (void)sys::write_all(STDERR_FILENO, "\n");
        output.remark(text);
    };
    switch (outcome.how) {
    case How::ended: {
        const job::Fate& fate = outcome.end->fate;
        const bool plain = fate.kind == job::Fate::Kind::exited && fate.cause.empty();
        if (!plain || announce == Announce::every_end)
            tell(job_label(record) + " " + job::describe_fate(fate));
        return job::exit_code_of(fate);
    }
    case How::detached:
        tell("left " + job_label(record) + " running.  " + way_back(record));
        return 0;
    case How::dismissed:
        tell("left " + job_label(record) + " running: sent away by " +
             printable_line(outcome.dismissed_by) + ".  " + way_back(record));
        return 0;
    case How::output_closed:
        // A job that has ended meanwhile leaves as quietly as a plain command would.
        if (!outcome.end)
            tell(job_label(record) +
                 " goes on; nobody reads its output here any more.  outlast stop " + record.name +
                 " ends it");
        return signal_base + SIGPIPE;
    case How::output_failed: output.error(output_error(outcome, record)); return exit_own_failure;
    case How::time_over:
        tell(job_label(record) + " still runs.  " + way_back(record));
        return exit_time_over;
    case How::hung_up: return signal_base + SIGHUP;
    case How::killed:
        tell("left " + job_label(record) + " running.  " + way_back(record));
        return signal_base + outcome.signal;
    }
    return 0;
}

} // namespace outlast::cli
