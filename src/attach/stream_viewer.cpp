// The streaming viewer: every byte of the log to stdout, of its error output to stderr.
#include "attach/log_source.hpp"
#include "attach/viewer.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/process_info.hpp"
#include "sys/signals.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <optional>
#include <poll.h>
#include <unistd.h>

namespace outlast::attach {
namespace {

constexpr std::size_t show_step = std::size_t{64} << 10;

class StreamViewer {
public:
    StreamViewer(JobLink& link, LogSource source, std::optional<LogSource> errors,
                 sys::UniqueFd signals, const ViewerOptions& options)
        : m_link(link), m_source(std::move(source)), m_errors(std::move(errors)),
          m_signals(std::move(signals)), m_options(options) {}

    outlast::Result<ViewerOutcome> run();

private:
    [[nodiscard]] int timeout() const;
    outlast::Result<> wait();
    outlast::Result<> copy();
    outlast::Result<> copy_errors();
    void on_signal(int signal);
    void leave_output(const Error& error);
    void await_near_end();
    void finish(ViewerOutcome::How how, int signal = 0) {
        m_outcome.how = how;
        m_outcome.signal = signal;
        m_done = true;
    }

    JobLink& m_link;
    LogSource m_source;
    std::optional<LogSource> m_errors;
    sys::UniqueFd m_signals;
    ViewerOptions m_options;
    bool m_done = false;
    ViewerOutcome m_outcome;
};

void StreamViewer::on_signal(int signal) {
    switch (signal) {
    case SIGINT:
        if (!m_options.forward_interrupt) return finish(ViewerOutcome::How::killed, signal);
        m_link.post(wire::to_frame(wire::Signal{SIGINT, wire::SignalTarget::process_group}));
        return;
    case SIGQUIT: return finish(ViewerOutcome::How::detached);
    case SIGHUP: return finish(ViewerOutcome::How::hung_up, signal);
    case SIGTERM: return finish(ViewerOutcome::How::killed, signal);
    default: return;
    }
}

/// The output cannot be written any more: nobody reads it (EPIPE; EIO for a terminal that was hung
/// up), or its disk is full.
void StreamViewer::leave_output(const Error& error) {
    const bool closed = error.is_errno(EPIPE) || error.is_errno(EIO);
    finish(closed ? ViewerOutcome::How::output_closed : ViewerOutcome::How::output_failed);
    if (!closed) m_outcome.output_error = error.code.message();
}

int StreamViewer::timeout() const {
    // Both logs are in one place, so that both can be watched or neither; but inotify instances
    // may run out between the two.
    int limit = m_source.watch().timeout_ms();
    if (m_errors && m_errors->watch().timeout_ms() >= 0) limit = m_errors->watch().timeout_ms();
    if (m_options.deadline == 0) return limit;
    const int until = sys::poll_timeout(m_options.deadline);
    return limit < 0 ? until : std::min(limit, until);
}

outlast::Result<> StreamViewer::wait() {
    std::array<pollfd, 5> watch{
        {{m_signals.get(), POLLIN, 0},
         {m_source.watch().fd(), POLLIN, 0},
         {m_link.fd(), POLLIN, 0},
         // A pipe whose reader has gone shows as an error, even while we have nothing to write.
         {STDOUT_FILENO, 0, 0},
         {m_errors ? m_errors->watch().fd() : -1, POLLIN, 0}}};
    if (::poll(watch.data(), watch.size(), timeout()) < 0 && errno != EINTR)
        return fail_errno("poll");
    while (const auto signal = sys::take_signal(m_signals.get())) on_signal(*signal);
    m_source.watch().drain();
    if (m_errors) m_errors->watch().drain();
    if ((watch[3].revents & (POLLERR | POLLNVAL)) != 0) finish(ViewerOutcome::How::output_closed);
    if (watch[2].revents != 0) return m_link.on_readable();
    return {};
}

outlast::Result<> StreamViewer::copy() {
    const std::uint64_t end =
        m_link.end() ? m_link.end()->log_end : std::numeric_limits<std::uint64_t>::max();
    for (;;) {
        auto bytes = m_source.next(show_step, end);
        if (!bytes) return fail(bytes.error());
        if (bytes->empty()) return {};
        if (const auto written = sys::write_all(STDOUT_FILENO, *bytes); !written) {
            leave_output(written.error());
            return {};
        }
        // A long way to go must not keep a signal waiting.
        while (const auto signal = sys::take_signal(m_signals.get())) on_signal(*signal);
        if (m_done) return {};
    }
}

/// An error output that cannot be written ends nothing: the plain command, too, would not notice.
outlast::Result<> StreamViewer::copy_errors() {
    if (!m_errors) return {};
    // The job wrote into the file by itself: when it has ended, all is there.
    const std::uint64_t end =
        m_link.end() ? m_errors->file().size() : std::numeric_limits<std::uint64_t>::max();
    for (;;) {
        auto bytes = m_errors->next(show_step, end);
        if (!bytes) return fail(bytes.error());
        if (bytes->empty()) return {};
        if (!sys::write_all(STDERR_FILENO, *bytes)) {
            m_errors.reset();
            return {};
        }
        while (const auto signal = sys::take_signal(m_signals.get())) on_signal(*signal);
        if (m_done) return {};
    }
}

outlast::Result<ViewerOutcome> StreamViewer::run() {
    while (!m_done) {
        const bool ended = m_link.end().has_value();
        if (auto done = copy(); !done) return fail(done.error());
        if (m_done) break;
        if (auto done = copy_errors(); !done) return fail(done.error());
        if (m_done) break;
        if (ended) {
            m_outcome.end = m_link.end();
            break;
        }
        if (m_options.deadline != 0 && sys::boottime_now() >= m_options.deadline)
            finish(ViewerOutcome::How::time_over);
        else if (auto done = wait(); !done) return fail(done.error());
    }
    if (!m_outcome.end) {
        // Whether the job still runs is told when the viewer leaves it.
        if (m_outcome.how == ViewerOutcome::How::output_failed) await_near_end();
        else (void)m_link.on_readable();
        m_outcome.end = m_link.end();
    }
    return m_outcome;
}

/// What a job wrote last is often the last that it does. Nobody must be told that it runs on when
/// its keeper just had no time yet to say that it has ended.
void StreamViewer::await_near_end() {
    constexpr Nanoseconds for_the_job = 200 * ns_per_ms;
    constexpr Nanoseconds for_its_keeper = 3 * ns_per_second;
    constexpr int pause_ms = 10;
    const Nanoseconds begin = sys::boottime_now();
    const job::Record& record = m_link.record();
    while (m_link.on_readable() && !m_link.end()) {
        const auto command = sys::read_process_stat(record.pid);
        const bool runs =
            command && command->start_ticks == record.pid_start && command->state != 'Z';
        const Nanoseconds patience = runs ? for_the_job : for_its_keeper;
        if (sys::boottime_now() - begin > patience) return;
        pollfd watch{m_link.fd(), POLLIN, 0};
        ::poll(&watch, 1, pause_ms);
    }
}

} // namespace

outlast::Result<ViewerOutcome> view_as_stream(const job::JobFolder& folder, JobLink& link,
                                              const ViewerOptions& options) {
    auto source = LogSource::open(folder, options);
    if (!source) return fail(source.error());
    auto errors = LogSource::open_errors(folder, options.error_from);
    if (!errors) return fail(errors.error());
    auto signals = sys::open_signal_fd({SIGINT, SIGQUIT, SIGHUP, SIGTERM});
    if (!signals) return fail(signals.error());
    StreamViewer viewer(link, std::move(*source), std::move(*errors), std::move(*signals), options);
    return viewer.run();
}

} // namespace outlast::attach
