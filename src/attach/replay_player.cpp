// Plays a job's terminal in the caller's terminal.
//
// States: playing; paused (the clock stands still, the status line is shown); left (Ctrl-Z, until
// it is continued). The clock runs on its own; drawing follows it, so that a slow terminal sees
// fewer pictures and no slower replay.
#include "attach/replay_player.hpp"

#include "attach/replay_keys.hpp"
#include "attach/screen_replay.hpp"
#include "base/text.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/job_control.hpp"
#include "sys/pty.hpp"
#include "sys/signals.hpp"
#include "terminal/picture.hpp"
#include "terminal/screen.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <poll.h>
#include <unistd.h>

namespace outlast::attach {
namespace {

constexpr Nanoseconds frame = ns_per_second / 60;
constexpr Nanoseconds status_shown = 3 * ns_per_second;
constexpr Nanoseconds last_picture_shown = ns_per_second;
constexpr Nanoseconds short_step = 5 * ns_per_second;
constexpr Nanoseconds long_step = 60 * ns_per_second;

terminal::Size own_size() {
    const auto found = sys::window_size(STDOUT_FILENO);
    if (!found || found->ws_row == 0 || found->ws_col == 0) return {};
    return {std::min(found->ws_row, terminal::most_rows),
            std::min(found->ws_col, terminal::most_columns), 0, 0};
}

std::string clock_text(Nanoseconds time) {
    const Nanoseconds seconds = time / ns_per_second;
    std::array<char, 48> text{};
    if (seconds >= 3600) {
        std::snprintf(
            text.data(), text.size(), "%lld:%02lld:%02lld", static_cast<long long>(seconds / 3600),
            static_cast<long long>(seconds / 60 % 60), static_cast<long long>(seconds % 60));
    } else {
        std::snprintf(text.data(), text.size(), "%lld:%02lld", static_cast<long long>(seconds / 60),
                      static_cast<long long>(seconds % 60));
    }
    return text.data();
}

class Player {
public:
    Player(const job::JobFolder& folder, const job::Record& record, const log::LogFile& log,
           const ReplayTrack& track, const ReplayOptions& options)
        : m_folder(folder), m_record(record), m_log(log), m_track(track), m_options(options),
          m_terminal(STDIN_FILENO), m_speed(options.speed),
          m_time(std::min(options.from, track.duration())) {}

    Result<ReplayEnd> run();

private:
    [[nodiscard]] Result<> seek(Nanoseconds time);
    [[nodiscard]] Result<> draw();
    [[nodiscard]] Result<> on_key(ReplayKey key);
    [[nodiscard]] Result<> wait();
    void on_signal(int signal);
    void advance_clock();
    void enter();
    void leave();
    void begin_picture();
    void suspend();
    [[nodiscard]] std::string status() const;
    [[nodiscard]] int timeout() const;
    void show_status() { m_status_until = sys::boottime_now() + status_shown; }

    const job::JobFolder& m_folder;
    const job::Record& m_record;
    const log::LogFile& m_log;
    const ReplayTrack& m_track;
    const ReplayOptions& m_options;
    sys::RawTerminal m_terminal;
    sys::UniqueFd m_signals;
    std::optional<ScreenReplay> m_screen;
    terminal::Picture m_picture{own_size(), terminal::Picture::For::onlooker};
    ReplayKeys m_keys;
    double m_speed;
    Nanoseconds m_time;       ///< where the clock is
    Nanoseconds m_looked = 0; ///< CLOCK_BOOTTIME of that
    Nanoseconds m_status_until = 0;
    Nanoseconds m_over_at = 0; ///< when the last picture was there for long enough
    bool m_paused = false;
    bool m_done = false;
    ReplayEnd m_end;
};

std::string Player::status() const {
    if (!m_paused && sys::boottime_now() >= m_status_until) return {};
    std::array<char, 24> speed{};
    std::snprintf(speed.data(), speed.size(), "%gx", m_speed);
    std::string line = " " + m_options.name + "  " + clock_text(m_time) + " of " +
                       clock_text(m_track.duration()) + "  " + speed.data();
    if (m_paused) line += "  paused";
    const terminal::Size own = own_size();
    if (!m_picture.holds(m_screen->model())) {
        const terminal::Size& size = m_screen->model().screen().size;
        line += "  cut: its terminal has " + std::to_string(size.columns) + "x" +
                std::to_string(size.rows) + ", this one " + std::to_string(own.columns) + "x" +
                std::to_string(own.rows);
    }
    line += "  keys: space + - arrows 0 q ";
    return fit_width(line, own.columns, true);
}

/// Back means from the beginning, or a checkpoint, again.
Result<> Player::seek(Nanoseconds time) {
    m_time = std::clamp<Nanoseconds>(time, 0, m_track.duration());
    const std::uint64_t offset = m_track.offset_at(m_time);
    if (m_screen && m_screen->offset() <= offset) return m_screen->advance(offset);
    auto screen = ScreenReplay::open(m_folder, m_record, m_log, {offset, {}});
    if (!screen) return fail(screen.error());
    m_screen.emplace(std::move(*screen));
    return {};
}

Result<> Player::draw() {
    if (auto moved = seek(m_time); !moved) return moved;
    if (!sys::write_all(STDOUT_FILENO, m_picture.paint(m_screen->model(), status())))
        m_done = true; // the terminal has gone
    return {};
}

void Player::advance_clock() {
    const Nanoseconds now = sys::boottime_now();
    if (!m_paused && m_looked != 0)
        m_time += static_cast<Nanoseconds>(static_cast<double>(now - m_looked) * m_speed);
    m_looked = now;
    m_time = std::min(m_time, m_track.duration());
}

Result<> Player::on_key(ReplayKey key) {
    show_status();
    switch (key) {
    case ReplayKey::pause: m_paused = !m_paused; break;
    case ReplayKey::faster: m_speed = std::min(m_speed * 2, fastest_replay); break;
    case ReplayKey::slower: m_speed = std::max(m_speed / 2, slowest_replay); break;
    case ReplayKey::forward: return seek(m_time + short_step);
    case ReplayKey::back: return seek(m_time - short_step);
    case ReplayKey::far_forward: return seek(m_time + long_step);
    case ReplayKey::far_back: return seek(m_time - long_step);
    case ReplayKey::start: return seek(0);
    case ReplayKey::suspend: suspend(); break;
    case ReplayKey::quit: m_done = true; break;
    }
    return {};
}

void Player::enter() {
    m_terminal.enter();
    begin_picture();
    m_looked = sys::boottime_now();
}

/// The terminal is entered or has another size: it is empty from here on.
void Player::begin_picture() {
    m_picture = terminal::Picture(own_size(), terminal::Picture::For::onlooker);
    (void)sys::write_all(STDOUT_FILENO, terminal::Picture::enter());
}

void Player::leave() {
    (void)sys::write_all(STDOUT_FILENO, terminal::Picture::leave(terminal::Picture::For::onlooker));
    m_terminal.leave();
}

void Player::suspend() {
    if (!sys::shell_waits_above()) return;
    leave();
    sys::suspend_group();
    enter();
}

void Player::on_signal(int signal) {
    if (signal == SIGWINCH) {
        begin_picture();
    } else if (signal == SIGTSTP) {
        suspend();
    } else {
        m_done = true;
        m_end.signal = signal == SIGINT || signal == SIGQUIT ? 0 : signal;
    }
}

/// Until something comes, but no sooner than the next picture is due.
int Player::timeout() const {
    const Nanoseconds now = sys::boottime_now();
    Nanoseconds wake = m_status_until > now ? m_status_until - now : ns_per_second;
    if (!m_paused && m_time < m_track.duration()) {
        const auto next = static_cast<double>(m_track.next_after(m_time) - m_time) / m_speed;
        wake = std::min(wake, static_cast<Nanoseconds>(std::min(next, 1e9)));
    }
    return static_cast<int>(std::max(wake, frame) / ns_per_ms);
}

Result<> Player::wait() {
    std::array<pollfd, 2> watch{{{m_signals.get(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}}};
    if (::poll(watch.data(), watch.size(), timeout()) < 0 && errno != EINTR)
        return fail_errno("poll");
    advance_clock();
    while (const auto signal = sys::take_signal(m_signals.get())) on_signal(*signal);
    if (watch[1].revents == 0) return {};
    std::array<char, 512> bytes; // NOLINT(cppcoreguidelines-pro-type-member-init): read into
    const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return {};
    if (count <= 0) {
        m_done = true;
        return {};
    }
    for (const ReplayKey key : m_keys.feed({bytes.data(), static_cast<std::size_t>(count)})) {
        if (auto done = on_key(key); !done) return done;
    }
    return {};
}

Result<ReplayEnd> Player::run() {
    (void)sys::block_all_signals();
    auto signals = sys::open_signal_fd({SIGWINCH, SIGHUP, SIGTERM, SIGINT, SIGQUIT, SIGTSTP});
    if (!signals) return fail(signals.error());
    m_signals = std::move(*signals);
    if (auto found = seek(m_time); !found) return fail(found.error());
    enter();
    show_status();
    Result<> done = draw();
    while (done && !m_done) {
        if (m_paused || m_time < m_track.duration()) m_over_at = 0;
        else if (m_over_at == 0) m_over_at = sys::boottime_now() + last_picture_shown;
        if (m_over_at != 0 && sys::boottime_now() >= m_over_at) {
            m_end.to_the_end = true;
            break;
        }
        done = wait();
        if (done && !m_done) done = draw();
    }
    leave();
    if (!done) return fail(done.error());
    return m_end;
}

} // namespace

Result<ReplayEnd> play(const job::JobFolder& folder, const job::Record& record,
                       const log::LogFile& log, const ReplayTrack& track,
                       const ReplayOptions& options) {
    return Player(folder, record, log, track, options).run();
}

} // namespace outlast::attach
