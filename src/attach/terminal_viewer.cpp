// The viewer in the caller's terminal.
//
// A shell may start it in the background (outlast run make &) or send it there (Ctrl-Z, bg). It
// then behaves as the plain command would: it goes on showing output, does not read, leaves the
// terminal's modes alone, and stops (SIGTTOU) when the job takes the whole screen. When the shell
// brings it to the front it becomes an ordinary viewer; a running program is not told of that, so
// it looks now and then.
#include "attach/log_source.hpp"
#include "attach/mode_tracker.hpp"
#include "attach/viewer.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/job_control.hpp"
#include "sys/pty.hpp"
#include "sys/signals.hpp"
#include "twin/shared_state.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <poll.h>
#include <unistd.h>

namespace outlast::attach {
namespace {

constexpr std::size_t piece = std::size_t{32} << 10;
constexpr std::uint64_t too_far_behind = std::uint64_t{8} << 20;
constexpr std::uint64_t shown_after_skip = std::uint64_t{16} << 10;
constexpr int background_look_ms = 300;
constexpr std::size_t most_untaken = std::size_t{16} << 20; ///< typed, and not yet taken by the job

wire::WindowSize terminal_size() {
    const auto size = sys::window_size(STDOUT_FILENO);
    if (!size) return {};
    return {size->ws_row, size->ws_col, size->ws_xpixel, size->ws_ypixel};
}

class TerminalViewer {
public:
    TerminalViewer(JobLink& link, LogSource source, sys::UniqueFd signals,
                   const ViewerOptions& options)
        : m_link(link), m_source(std::move(source)), m_signals(std::move(signals)),
          m_options(options), m_keys(options.prefix), m_terminal(STDIN_FILENO) {}

    outlast::Result<ViewerOutcome> run();

private:
    outlast::Result<> wait();
    outlast::Result<> show();
    void learn_modes();
    void skip_to_present();
    void on_signal(int signal);
    void on_typed();
    void type(std::string_view bytes);
    void on_phase();
    void suspend(bool job_is_paused);
    void take_terminal();
    void show_modes() const;
    void finish(ViewerOutcome::How how, int signal = 0) {
        m_outcome.how = how;
        m_outcome.signal = signal;
        m_done = true;
    }
    [[nodiscard]] int timeout() const;

    JobLink& m_link;
    LogSource m_source;
    sys::UniqueFd m_signals;
    ViewerOptions m_options;
    PrefixKeys m_keys;
    sys::RawTerminal m_terminal;
    ModeTracker m_modes;
    bool m_done = false;
    bool m_more = false;
    bool m_in_front = true;
    std::uint8_t m_phase = static_cast<std::uint8_t>(twin::Phase::running);
    ViewerOutcome m_outcome;
};

/// What the part of the log before our start has switched on is switched on here too.
void TerminalViewer::learn_modes() {
    constexpr std::uint64_t enough = std::uint64_t{1} << 20;
    const std::uint64_t start = m_source.offset();
    if (start == 0) return;
    m_source.jump(start > enough ? start - enough : 0);
    while (m_source.offset() < start) {
        const auto bytes = m_source.next(piece, start);
        if (!bytes || bytes->empty()) break;
        m_modes.feed(*bytes);
    }
    m_source.jump(start);
    show_modes();
}

void TerminalViewer::show_modes() const {
    if (m_in_front) (void)sys::write_all(STDOUT_FILENO, m_modes.enter());
}

void TerminalViewer::take_terminal() {
    m_in_front = sys::in_foreground(STDIN_FILENO);
    if (m_in_front) m_terminal.enter();
    show_modes();
}

void TerminalViewer::skip_to_present() {
    const std::uint64_t behind = m_source.behind();
    if (behind <= too_far_behind) return;
    const std::uint64_t skipped = behind - shown_after_skip;
    // What is skipped may have changed modes: the last of it is looked at.
    const std::uint64_t target = m_source.offset() + skipped;
    m_source.jump(target);
    learn_modes();
    m_outcome.skipped += skipped;
    const std::string line = "\033[0m\r\n\033[2m[outlast: " + format_size(skipped) +
                             " skipped to keep up; they are in the log]\033[0m\r\n";
    (void)sys::write_all(STDOUT_FILENO, line);
}

outlast::Result<> TerminalViewer::show() {
    skip_to_present();
    const std::uint64_t end =
        m_link.end() ? m_link.end()->log_end : std::numeric_limits<std::uint64_t>::max();
    auto bytes = m_source.next(piece, end);
    if (!bytes) return fail(bytes.error());
    m_more = !bytes->empty();
    m_modes.feed(*bytes);
    if (!m_in_front && m_modes.on_alternate_screen()) {
        sys::stop_as_background_writer();
        take_terminal();
    }
    if (!bytes->empty())
        m_outcome.mid_line = bytes->back() != '\n' && !m_modes.on_alternate_screen();
    if (const auto written = sys::write_all(STDOUT_FILENO, *bytes); !written)
        finish(ViewerOutcome::How::hung_up);
    return {};
}

int TerminalViewer::timeout() const {
    if (m_more) return 0;
    int limit = m_source.watch().timeout_ms();
    if (!m_in_front) limit = limit < 0 ? background_look_ms : std::min(limit, background_look_ms);
    if (const auto deadline = m_keys.deadline()) {
        const int left =
            static_cast<int>(std::max<Nanoseconds>(0, *deadline - sys::boottime_now()) /
                             ns_per_ms) +
            1;
        limit = limit < 0 ? left : std::min(limit, left);
    }
    return limit;
}

outlast::Result<> TerminalViewer::wait() {
    const bool listen = m_in_front && m_link.untaken() < most_untaken;
    std::array<pollfd, 4> watch{{{m_signals.get(), POLLIN, 0},
                                 {listen ? STDIN_FILENO : -1, POLLIN, 0},
                                 {m_source.watch().fd(), POLLIN, 0},
                                 {m_link.fd(), POLLIN, 0}}};
    if (::poll(watch.data(), watch.size(), timeout()) < 0 && errno != EINTR)
        return fail_errno("poll");
    if (!m_in_front && sys::in_foreground(STDIN_FILENO)) {
        take_terminal();
        m_link.resize(terminal_size());
    }
    while (const auto signal = sys::take_signal(m_signals.get())) on_signal(*signal);
    if (watch[1].revents != 0) on_typed();
    if (const auto deadline = m_keys.deadline(); deadline && sys::boottime_now() >= *deadline) {
        m_keys.hold();
        m_link.ask_signal_keys();
    }
    if (watch[2].revents != 0) m_source.watch().drain();
    if (watch[3].revents == 0) return {};
    auto done = m_link.on_readable();
    if (const auto keys = m_link.take_signal_keys()) type(m_keys.release(*keys));
    on_phase();
    return done;
}

void TerminalViewer::on_typed() {
    std::array<char, 4096> bytes; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
    const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count <= 0) return finish(ViewerOutcome::How::hung_up);
    auto keys = m_keys.feed({bytes.data(), static_cast<std::size_t>(count)}, sys::boottime_now());
    type(keys.pass);
    if (keys.command == KeyCommand::detach) finish(ViewerOutcome::How::detached);
    if (keys.command == KeyCommand::suspend) suspend(false);
}

void TerminalViewer::type(std::string_view bytes) {
    if (!bytes.empty() && !m_options.read_only) m_link.type(bytes);
}

void TerminalViewer::on_signal(int signal) {
    if (signal == SIGWINCH) m_link.resize(terminal_size());
    if (signal == SIGHUP) finish(ViewerOutcome::How::hung_up, signal);
    if (signal == SIGTERM || signal == SIGINT || signal == SIGQUIT)
        finish(ViewerOutcome::How::killed, signal);
    if (signal == SIGTSTP) suspend(false);
}

/// Ctrl-Z stopped the job: the shell gets its terminal back, and `fg` resumes both.
void TerminalViewer::on_phase() {
    const auto paused = static_cast<std::uint8_t>(twin::Phase::paused);
    const bool just_paused = m_link.phase() == paused && m_phase != paused;
    m_phase = m_link.phase();
    if (just_paused && !m_link.end() && !m_options.read_only) suspend(true);
}

void TerminalViewer::suspend(bool job_is_paused) {
    (void)show();
    if (!sys::shell_waits_above()) {
        // Nobody could continue us (ssh HOST outlast run …): Ctrl-Z does nothing, as for any
        // program in that place.
        if (job_is_paused) m_link.post(wire::bare_frame(wire::FrameType::resume));
        return;
    }
    (void)sys::write_all(STDOUT_FILENO, m_modes.leave());
    m_terminal.leave();
    const std::string what =
        job_is_paused ? "paused; fg resumes it" : "running on; fg comes back to it";
    (void)sys::write_all(STDERR_FILENO, "\r\noutlast: " + m_link.record().name + " (" +
                                            std::to_string(m_link.record().number) + ") is " +
                                            what + "\n");
    // The whole group, as Ctrl-Z does: a script that called us must stop too.
    sys::suspend_group();
    // Continued, by fg, bg or SIGCONT.
    take_terminal();
    if (job_is_paused) m_link.post(wire::bare_frame(wire::FrameType::resume));
    m_link.resize(terminal_size());
}

outlast::Result<ViewerOutcome> TerminalViewer::run() {
    take_terminal();
    learn_modes();
    outlast::Result<> done;
    while (!m_done && done) {
        const bool ended = m_link.end().has_value();
        done = show();
        if (ended && !m_more) {
            m_outcome.end = m_link.end();
            break;
        }
        if (!m_done && done) done = wait();
    }
    if (m_outcome.how != ViewerOutcome::How::hung_up && m_in_front)
        (void)sys::write_all(STDOUT_FILENO, m_modes.leave());
    m_terminal.leave();
    if (!done) return fail(done.error());
    return m_outcome;
}

} // namespace

outlast::Result<ViewerOutcome> view_in_terminal(const job::JobFolder& folder, JobLink& link,
                                                const ViewerOptions& options) {
    auto source = LogSource::open(folder, options);
    if (!source) return fail(source.error());
    auto signals = sys::open_signal_fd({SIGWINCH, SIGHUP, SIGTERM, SIGINT, SIGQUIT, SIGTSTP});
    if (!signals) return fail(signals.error());
    TerminalViewer viewer(link, std::move(*source), std::move(*signals), options);
    return viewer.run();
}

} // namespace outlast::attach
