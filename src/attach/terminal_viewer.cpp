// The viewer in the caller's terminal.
//
// A shell may start it in the background (outlast run make &) or send it there (Ctrl-Z, bg). It
// then behaves as the plain command would: it goes on showing output, does not read, leaves the
// terminal's modes alone, and stops (SIGTTOU) when the job takes the whole screen. When the shell
// brings it to the front it becomes an ordinary viewer; a running program is not told of that, so
// it looks now and then.
//
// Bytes pass unchanged while the terminal has the job's size. Where it has not (somebody else
// leads, or the size is pinned), it is shown a picture of what the model makes of them.
#include "attach/log_source.hpp"
#include "attach/screen_replay.hpp"
#include "attach/seen_lines.hpp"
#include "attach/terminal_identity.hpp"
#include "attach/terminal_notes.hpp"
#include "attach/terminal_talk.hpp"
#include "attach/viewer.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/job_control.hpp"
#include "sys/pty.hpp"
#include "sys/signals.hpp"
#include "terminal/listener.hpp"
#include "terminal/picture.hpp"
#include "terminal/screen.hpp"
#include "terminal/serializer.hpp"
#include "twin/shared_state.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <limits>
#include <poll.h>
#include <unistd.h>

namespace outlast::attach {
namespace {

constexpr std::size_t show_piece = std::size_t{32} << 10;
constexpr std::uint64_t too_far_behind = std::uint64_t{8} << 20;
/// Who has typed an interrupt wants to see what comes of it: as a terminal's driver drops what it
/// has not shown yet (termios(3), NOFLSH), less may be left to show for a while.
constexpr std::uint64_t too_far_behind_interrupt = std::uint64_t{64} << 10;
constexpr Nanoseconds interrupt_lasts = 2 * ns_per_second;
/// What a viewer that leaves has seen since the last checkpoint is worth another one.
constexpr std::uint64_t worth_a_checkpoint = std::uint64_t{256} << 10;
/// And while one leads: a drop must not leave more behind than is read again in no time.
constexpr std::uint64_t needs_a_checkpoint = std::uint64_t{1} << 20;
constexpr Nanoseconds between_checkpoints = 5 * ns_per_second;
/// Commands that are over by then are not kept waiting for a terminal to say what it is.
constexpr Nanoseconds before_probe = ns_per_second;
constexpr Nanoseconds between_pictures = 33 * ns_per_ms;
constexpr int background_look_ms = 300;
constexpr std::size_t most_untaken = std::size_t{16} << 20; ///< typed, and not yet taken by the job

wire::WindowSize terminal_size() {
    const auto size = sys::window_size(STDOUT_FILENO);
    if (!size) return {};
    return {size->ws_row, size->ws_col, size->ws_xpixel, size->ws_ypixel};
}

terminal::Size model_size() {
    const wire::WindowSize size = terminal_size();
    if (size.rows == 0 || size.columns == 0) return {};
    return {size.rows, size.columns, size.pixel_width, size.pixel_height};
}

class TerminalViewer final : public terminal::Listener {
public:
    TerminalViewer(const job::JobFolder& folder, JobLink& link, LogSource source,
                   sys::UniqueFd signals, const ViewerOptions& options)
        : m_folder(folder), m_link(link), m_source(std::move(source)),
          m_signals(std::move(signals)), m_options(options), m_keys(options.prefix),
          m_terminal(STDIN_FILENO), m_model(model_size()),
          m_notes(open_events(), link.record().run) {
        m_model.set_listener(this);
    }

    outlast::Result<ViewerOutcome> run();

    void on_reply(std::string_view bytes) override;
    void on_title(std::string_view title) override {
        if (m_leads) m_notes.title(title, m_now);
    }
    void on_directory(std::string_view path) override {
        if (m_leads) m_notes.directory(path, m_now);
    }
    void on_bell() override {
        if (m_leads) m_notes.bell(m_now);
    }
    void on_notification(std::string_view title, std::string_view body) override {
        if (m_leads) m_notes.notification(title, body, m_now);
    }
    void on_prompt_mark(char kind, int exit_code) override {
        if (m_leads && kind == 'D') m_notes.command_ended(exit_code, m_now);
    }

private:
    outlast::Result<> wait();
    outlast::Result<> show();
    [[nodiscard]] outlast::Result<> restore();
    void ask_for_redraw();
    void give_real_size();
    void change_size();
    void skip_to_present();
    void on_signal(int signal);
    void on_typed();
    void on_keys(std::string_view bytes);
    void on_time();
    void on_lead();
    void take_size();
    void set_job_size(terminal::Size size);
    void begin_picture();
    void end_picture();
    void paint_picture();
    void probe_terminal();
    void put_off_probe();
    void drain_answers();
    [[nodiscard]] sys::UniqueFd open_events() const;
    [[nodiscard]] bool may_probe() const;
    void type(std::string_view bytes);
    void on_phase();
    void suspend(bool job_is_paused);
    void take_terminal();
    void show_state() const;
    [[nodiscard]] std::uint64_t lines_seen_here() const;
    void note_lines_seen() const;
    [[nodiscard]] bool on_alternate_screen() const { return m_model.screen().shown == 1; }
    void save_checkpoint();
    void save_checkpoint_while_leading();
    void finish(ViewerOutcome::How how, int signal = 0) {
        m_outcome.how = how;
        m_outcome.signal = signal;
        m_done = true;
    }
    [[nodiscard]] int timeout() const;

    const job::JobFolder& m_folder;
    JobLink& m_link;
    LogSource m_source;
    sys::UniqueFd m_signals;
    ViewerOptions m_options;
    PrefixKeys m_keys;
    sys::RawTerminal m_terminal;
    terminal::Model m_model; ///< of the job's terminal
    TerminalNotes m_notes;
    TerminalTalk m_talk;
    TerminalProbe m_probe;
    std::optional<terminal::Picture> m_picture; ///< the terminal has another size than the job's
    Nanoseconds m_next_picture = 0;             ///< when it is painted again, if there is need
    bool m_picture_is_old = false;
    bool m_leads = true;
    bool m_skips = false;                    ///< what the model takes in is not shown
    Nanoseconds m_now = sys::boottime_now(); ///< of this round
    std::optional<Nanoseconds> m_probe_at;
    Nanoseconds m_started = m_now;
    bool m_has_probed = false;
    std::optional<std::uint64_t> m_size_from; ///< where in the log the size changes
    std::optional<Nanoseconds> m_own_size_at; ///< when ours must have become the job's
    std::uint64_t m_checkpoint = 0;           ///< where the model's last one was
    Nanoseconds m_checkpoint_time = 0;
    std::uint64_t m_lines_before = 0; ///< of the history, that the model does not count
    bool m_whole = true;              ///< nothing is missing in the model
    std::optional<Nanoseconds>
        m_real_size_at;               ///< when the job gets its real size after another one
    Nanoseconds m_interrupt_ends = 0; ///< when an interrupt that was typed is over
    bool m_done = false;
    bool m_more = false;
    bool m_in_front = true;
    std::uint8_t m_phase = static_cast<std::uint8_t>(twin::Phase::running);
    ViewerOutcome m_outcome;
};

/// The job's terminal as it is at the place where we begin: its history in this terminal's own
/// scrollback, its screen, all its modes. Nothing of the log itself goes to the terminal, so no
/// query of the past is answered again.
outlast::Result<> TerminalViewer::restore() {
    if (!m_options.history_lines) return {};
    auto replay = ScreenReplay::open(m_folder, m_link.record(), m_source.file(),
                                     {m_source.offset(), model_size()});
    if (!replay) return fail(replay.error());
    m_checkpoint = replay->began_at();
    m_whole = replay->whole();
    m_lines_before = replay->lines_before();
    m_model = std::move(replay->model());
    m_model.screen().identity = read_identity(m_folder);
    m_model.set_listener(this);
    const auto& lead = m_link.lead();
    if (!lead || lead->size == terminal_size()) m_model.resize(model_size());
    if (!m_in_front || m_picture) return {};
    terminal::RestoreOptions options;
    options.history_lines = *m_options.history_lines;
    options.leave_out_empty_rows = true;
    options.seen_lines = lines_seen_here();
    const auto written = sys::write_all(STDOUT_FILENO, terminal::restore(m_model, options));
    if (!written) finish(ViewerOutcome::How::hung_up);
    return {};
}

/// Of those that the model counts: what this terminal has in its scrollback is not given again.
std::uint64_t TerminalViewer::lines_seen_here() const {
    if (!m_options.only_new_lines) return 0;
    const std::uint64_t seen = read_seen_lines(m_folder, m_link.record().run, TerminalKey::own());
    return seen - std::min(seen, m_lines_before);
}

void TerminalViewer::note_lines_seen() const {
    const std::uint64_t lines = m_lines_before + m_model.screen().history.ever();
    if (m_whole && m_link.record().keeps_log && !m_picture)
        write_seen_lines(m_folder, m_link.record().run, TerminalKey::own(), lines);
}

/// In a terminal that has shown something else meanwhile.
void TerminalViewer::show_state() const {
    if (m_picture) return;
    terminal::RestoreOptions options;
    options.in_place = true;
    if (on_alternate_screen())
        (void)sys::write_all(STDOUT_FILENO, terminal::restore(m_model, options));
    else (void)sys::write_all(STDOUT_FILENO, terminal::restore_modes(m_model));
}

void TerminalViewer::save_checkpoint() {
    const std::uint64_t offset = m_source.offset();
    if (!m_link.record().keeps_log || offset - m_checkpoint < worth_a_checkpoint || !m_whole)
        return;
    write_checkpoint(m_folder, {m_link.record().run, offset, m_lines_before}, m_model);
    m_checkpoint = offset;
    m_checkpoint_time = m_now;
}

void TerminalViewer::save_checkpoint_while_leading() {
    const bool is_due = m_source.offset() - m_checkpoint >= needs_a_checkpoint &&
                        m_now - m_checkpoint_time >= between_checkpoints;
    if (m_leads && is_due) save_checkpoint();
}

sys::UniqueFd TerminalViewer::open_events() const {
    auto events = sys::open_at(m_folder.fd.get(), "events.jsonl", O_WRONLY | O_APPEND | O_NOFOLLOW);
    return events ? std::move(*events) : sys::UniqueFd();
}

/// The model knows what our terminal should answer; of what is not shown there, only it can.
void TerminalViewer::on_reply(std::string_view bytes) {
    if (!m_leads) return;
    if (m_skips || m_picture) m_link.post(wire::reply_frame(bytes));
    else m_talk.asked_by_program(bytes, m_now);
}

/// Somebody else leads now, or we do; or the size is another one, from an offset on that we may not
/// have come to yet.
void TerminalViewer::on_lead() {
    const auto& lead = m_link.lead();
    m_leads = m_link.leads();
    if (!lead || lead->size.rows == 0 || lead->size.columns == 0) return;
    m_size_from = lead->offset;
    if (m_source.offset() >= lead->offset) take_size();
}

void TerminalViewer::take_size() {
    m_size_from.reset();
    const wire::WindowSize& size = m_link.lead()->size;
    set_job_size({size.rows, size.columns, size.pixel_width, size.pixel_height});
}

void TerminalViewer::set_job_size(terminal::Size size) {
    const terminal::Size own = model_size();
    const bool agrees = size.rows == own.rows && size.columns == own.columns;
    m_model.resize(size);
    if (!agrees) begin_picture();
    else if (m_picture) end_picture();
}

/// Also when our own terminal's size has changed.
void TerminalViewer::begin_picture() {
    std::string bytes;
    if (!m_picture) bytes = terminal::leave(m_model);
    m_picture.emplace(model_size());
    m_picture_is_old = true;
    m_next_picture = 0;
    if (m_in_front) (void)sys::write_all(STDOUT_FILENO, bytes + terminal::Picture::enter());
}

void TerminalViewer::end_picture() {
    m_picture.reset();
    if (!m_in_front) return;
    terminal::RestoreOptions options;
    options.in_place = true;
    (void)sys::write_all(STDOUT_FILENO,
                         terminal::Picture::leave() + terminal::restore(m_model, options));
}

void TerminalViewer::paint_picture() {
    if (!m_picture || !m_picture_is_old || !m_in_front || m_now < m_next_picture) return;
    m_picture_is_old = false;
    m_next_picture = m_now + between_pictures;
    if (!sys::write_all(STDOUT_FILENO, m_picture->paint(m_model)))
        finish(ViewerOutcome::How::hung_up);
}

bool TerminalViewer::may_probe() const { return m_leads && m_in_front && !m_picture; }

/// Between two pieces of output, never in the middle of a sequence or a character; else after the
/// next piece.
void TerminalViewer::probe_terminal() {
    m_probe_at.reset();
    if (!may_probe() || !m_model.pending().empty()) return;
    m_has_probed = true;
    const TerminalProbe::Questions questions = TerminalProbe::questions();
    for (const std::string& kind : questions.kinds) m_talk.asked_by_us(kind, m_now);
    (void)sys::write_all(STDOUT_FILENO, questions.bytes);
}

/// It is asked when the job pauses.
void TerminalViewer::put_off_probe() {
    constexpr Nanoseconds pause = 250 * ns_per_ms;
    if (!m_has_probed) m_probe_at = std::max(m_started + before_probe, m_now + pause);
}

/// What our terminal still has to answer would be typed into the shell that comes next.
void TerminalViewer::drain_answers() {
    const Nanoseconds deadline = sys::boottime_now() + m_talk.patience();
    while (m_talk.is_awaiting()) {
        const Nanoseconds left = deadline - sys::boottime_now();
        pollfd watch{STDIN_FILENO, POLLIN, 0};
        if (left <= 0 || ::poll(&watch, 1, static_cast<int>(left / ns_per_ms) + 1) <= 0) return;
        std::array<char, 1024> bytes; // NOLINT(cppcoreguidelines-pro-type-member-init): read
        const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
        if (count <= 0) return;
        (void)m_talk.take({bytes.data(), static_cast<std::size_t>(count)}, sys::boottime_now());
    }
}

/// Where the log did not tell all, a full-screen program is to draw everything: many do so only for
/// a size that is new to them.
void TerminalViewer::ask_for_redraw() {
    constexpr Nanoseconds long_enough_to_be_seen = 50 * ns_per_ms;
    if (m_whole || !on_alternate_screen() || m_options.read_only) return;
    wire::WindowSize other = terminal_size();
    other.rows = static_cast<std::uint16_t>(other.rows > 1 ? other.rows - 1 : other.rows + 1);
    m_link.resize(other);
    m_real_size_at = sys::boottime_now() + long_enough_to_be_seen;
}

void TerminalViewer::give_real_size() {
    m_real_size_at.reset();
    m_link.resize(terminal_size());
}

void TerminalViewer::change_size() {
    m_link.resize(terminal_size());
    const auto& lead = m_link.lead();
    // A keeper that tells who leads tells in a moment that the size is ours, unless it is pinned.
    constexpr Nanoseconds moment = 200 * ns_per_ms;
    if (!lead) m_model.resize(model_size());
    else if (m_leads) m_own_size_at = m_now + moment;
    else set_job_size(m_model.screen().size);
}

void TerminalViewer::take_terminal() {
    m_in_front = sys::in_foreground(STDIN_FILENO);
    if (m_in_front) m_terminal.enter();
}

/// A terminal that is too slow is shown what is on the screen now. The model takes everything in
/// between; that is quick, for it writes nothing.
void TerminalViewer::skip_to_present() {
    const bool interrupted = m_now < m_interrupt_ends;
    if (m_source.behind() <= (interrupted ? too_far_behind_interrupt : too_far_behind)) return;
    m_skips = true;
    const std::uint64_t start = m_source.offset();
    const std::uint64_t target = start + m_source.behind();
    while (m_source.offset() < target) {
        const auto bytes = m_source.next(show_piece, target);
        if (!bytes || bytes->empty()) break;
        m_model.feed(*bytes);
    }
    m_skips = false;
    m_picture_is_old = true;
    if (m_picture) return;
    const std::uint64_t skipped = m_source.offset() - start;
    m_outcome.skipped += skipped;
    terminal::RestoreOptions options;
    options.in_place = true;
    const std::string line = "\x18\033[0m\r\n\033[2m[outlast: " + format_size(skipped) +
                             " skipped to keep up; they are in the log]\033[0m\r\n";
    (void)sys::write_all(STDOUT_FILENO, line + terminal::restore(m_model, options));
}

outlast::Result<> TerminalViewer::show() {
    skip_to_present();
    std::uint64_t end =
        m_link.end() ? m_link.end()->log_end : std::numeric_limits<std::uint64_t>::max();
    if (m_size_from) end = std::min(end, *m_size_from);
    const auto bytes = m_source.next(show_piece, end);
    if (!bytes) return fail(bytes.error());
    m_more = !bytes->empty();
    if (m_more) put_off_probe();
    m_model.feed(*bytes);
    m_picture_is_old = m_picture_is_old || m_more;
    if (!m_in_front && on_alternate_screen()) {
        sys::stop_as_background_writer();
        take_terminal();
    }
    if (m_picture) paint_picture();
    else if (!sys::write_all(STDOUT_FILENO, m_talk.show(*bytes, m_leads)))
        finish(ViewerOutcome::How::hung_up);
    if (m_size_from && m_source.offset() >= *m_size_from) {
        take_size();
        m_more = true;
    }
    save_checkpoint_while_leading();
    return {};
}

int TerminalViewer::timeout() const {
    if (m_more) return 0;
    int limit = m_source.watch().timeout_ms();
    if (!m_in_front) limit = limit < 0 ? background_look_ms : std::min(limit, background_look_ms);
    std::optional<Nanoseconds> picture;
    if (m_picture && m_picture_is_old && m_in_front) picture = m_next_picture;
    for (const auto& deadline : {m_keys.deadline(), m_real_size_at, m_talk.due(), m_notes.due(),
                                 m_probe_at, m_own_size_at, picture}) {
        if (!deadline) continue;
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
    m_now = sys::boottime_now();
    if (!m_in_front && sys::in_foreground(STDIN_FILENO)) {
        take_terminal();
        show_state();
        change_size();
    }
    while (const auto signal = sys::take_signal(m_signals.get())) on_signal(*signal);
    if (watch[1].revents != 0) on_typed();
    on_time();
    if (watch[2].revents != 0) m_source.watch().drain();
    if (watch[3].revents == 0) return {};
    auto done = m_link.on_readable();
    if (const auto keys = m_link.take_signal_keys()) type(m_keys.release(*keys));
    on_lead();
    on_phase();
    if (const auto& by = m_link.dismissed_by()) {
        m_outcome.dismissed_by = *by;
        finish(ViewerOutcome::How::dismissed);
    }
    return done;
}

void TerminalViewer::on_time() {
    if (const auto deadline = m_keys.deadline(); deadline && m_now >= *deadline) {
        m_keys.hold();
        m_link.ask_signal_keys();
    }
    if (m_real_size_at && m_now >= *m_real_size_at) give_real_size();
    if (m_own_size_at && m_now >= *m_own_size_at) {
        m_own_size_at.reset();
        set_job_size(m_model.screen().size);
    }
    if (m_probe_at && m_now >= *m_probe_at) probe_terminal();
    const auto overdue = m_talk.on_time(m_now);
    on_keys(overdue.keys);
    if (!overdue.answers.empty()) m_link.post(wire::reply_frame(overdue.answers));
    m_notes.flush(m_now);
    paint_picture();
}

void TerminalViewer::on_typed() {
    std::array<char, 4096> bytes; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
    const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count <= 0) return finish(ViewerOutcome::How::hung_up);
    const auto said = m_talk.take({bytes.data(), static_cast<std::size_t>(count)}, m_now);
    for (const std::string& answer : said.ours) {
        if (!m_probe.take(answer)) continue;
        m_probe.save(m_folder);
        m_model.screen().identity = m_probe.identity();
    }
    on_keys(said.keys);
}

void TerminalViewer::on_keys(std::string_view bytes) {
    if (bytes.empty()) return;
    auto keys = m_keys.feed(bytes, m_now);
    type(keys.pass);
    if (keys.pass.find_first_of("\x03\x1a\x1c") != std::string::npos)
        m_interrupt_ends = m_now + interrupt_lasts;
    if (keys.command == KeyCommand::detach) finish(ViewerOutcome::How::detached);
    if (keys.command == KeyCommand::suspend) suspend(false);
}

void TerminalViewer::type(std::string_view bytes) {
    if (!bytes.empty() && !m_options.read_only) m_link.type(bytes);
}

void TerminalViewer::on_signal(int signal) {
    if (signal == SIGWINCH) change_size();
    if (signal == SIGHUP) finish(ViewerOutcome::How::hung_up, signal);
    // Ctrl-\ that was typed before the terminal was raw: whoever types it wants to leave.
    if (signal == SIGQUIT) finish(ViewerOutcome::How::detached);
    if (signal == SIGTERM || signal == SIGINT) finish(ViewerOutcome::How::killed, signal);
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
    drain_answers();
    (void)sys::write_all(STDOUT_FILENO,
                         m_picture ? terminal::Picture::leave() : terminal::leave(m_model));
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
    if (m_in_front) show_state();
    if (job_is_paused) m_link.post(wire::bare_frame(wire::FrameType::resume));
    change_size();
}

outlast::Result<ViewerOutcome> TerminalViewer::run() {
    take_terminal();
    put_off_probe();
    on_lead();
    outlast::Result<> done = restore();
    ask_for_redraw();
    while (!m_done && done) {
        const bool ended = m_link.end().has_value();
        done = show();
        if (ended && !m_more) {
            m_outcome.end = m_link.end();
            break;
        }
        if (!m_done && done) done = wait();
    }
    type(m_talk.give_up_waiting()); // an Escape that was typed as the last thing
    const bool is_there = m_outcome.how != ViewerOutcome::How::hung_up && m_in_front;
    if (is_there) drain_answers();
    if (is_there)
        (void)sys::write_all(STDOUT_FILENO,
                             m_picture ? terminal::Picture::leave() : terminal::leave(m_model));
    m_outcome.mid_line = !m_picture && terminal::leaves_mid_line(m_model);
    m_terminal.leave();
    m_notes.finish();
    if (!m_outcome.end) save_checkpoint();
    if (!m_outcome.end && is_there) note_lines_seen();
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
    TerminalViewer viewer(folder, link, std::move(*source), std::move(*signals), options);
    return viewer.run();
}

} // namespace outlast::attach
