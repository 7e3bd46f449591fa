// The keeper's loop: ends of processes first, then clients, then timers.
#include "keeper/keeper.hpp"

#include "keeper/adopted.hpp"
#include "keeper/fate.hpp"
#include "keeper/job_processes.hpp"
#include "keeper/leadership.hpp"
#include "keeper/member_watch.hpp"
#include "keeper/run_pieces.hpp"
#include "keeper/session.hpp"
#include "keeper/stand_in.hpp"
#include "keeper/state_file.hpp"
#include "sys/clock.hpp"
#include "sys/pidfd.hpp"
#include "sys/process_info.hpp"
#include "sys/signals.hpp"
#include "sys/unix_socket.hpp"
#include "twin/resident.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <exception>
#include <memory>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace outlast::keeper {
namespace {

using twin::Phase;
using twin::SharedState;

enum Timer : int {
    fate_timer = 1,
    timeout_timer = 2,
    kill_timer = 3,
    leave_timer = 4,
    accept_timer = 5,
    record_timer = 6,
    image_timer = 7,
    suspension_timer = 8,
    lead_timer = 9,
    links_timer = 10,
    members_timer = 11
};

constexpr std::size_t max_clients = 64;
constexpr Nanoseconds first_retry = 2 * ns_per_ms;
constexpr Nanoseconds slowest_retry = ns_per_second;
/// An anchor that was asleep for so long is stopped, or worse.
constexpr Nanoseconds anchor_patience = 250 * ns_per_ms;
constexpr Nanoseconds record_patience = 3600 * ns_per_second; ///< for a disk that cannot be written
constexpr Nanoseconds reading_patience = 5 * ns_per_second;

class Keeper {
public:
    Keeper(twin::Twins& twins, sys::EventLoop loop, log::LiveMap live, sys::UniqueFd signals)
        : m_twins(twins), m_state(twins.state()), m_loop(std::move(loop)), m_live(std::move(live)),
          m_signals(std::move(signals)), m_session(twins, m_live.block()),
          m_leadership(m_state, m_live.block(), m_session),
          m_members(m_state, [this] { leave_when_over(); }) {}

    [[nodiscard]] int run();

private:
    [[nodiscard]] Result<> set_up_watches();
    [[nodiscard]] Result<> listen();
    void restore_timers();
    void count_start();
    void on_signal();
    void reap_orphans();
    void on_child_ended();
    void on_scribe_news();
    void settle_fate();
    void arm_kill_timer();
    void on_kill_time();
    void retry_record();
    [[nodiscard]] bool terminal_has_ended() const;
    void leave_when_over();
    void plan_fresh_image();
    void take_fresh_image();

    void on_connection();
    void on_client(int fd, std::uint32_t events);
    void serve_client(int fd, std::uint32_t events);
    [[nodiscard]] bool make_room_for_client();
    void serve_frames(Client& client);
    void drop(int fd);
    void update_interest();
    void pump_input();
    void after_request();
    void broadcast(const wire::Frame& frame);
    void update_leadership();
    void bring_stand_in();
    void dismiss_viewers();

    twin::Twins& m_twins;
    SharedState& m_state;
    sys::EventLoop m_loop;
    log::LiveMap m_live;
    sys::UniqueFd m_signals;
    Session m_session;
    Leadership m_leadership;
    MemberWatch m_members;
    std::map<int, std::unique_ptr<Client>> m_clients;
    Nanoseconds m_retry = first_retry;
    Nanoseconds m_record_deadline = 0; ///< not 0: the fate is not on the disk yet
    Nanoseconds m_leave_deadline = 0;
    Nanoseconds m_members_deadline = 0; ///< those that still live then are waited for no longer
    std::uint64_t m_arrivals = 0;
    Phase m_told_phase = Phase::running;
    bool m_child_ended = false;
    bool m_waits_for_terminal = false;
    bool m_announced = false;
};

Result<> Keeper::listen() {
    // A keeper for an orphaned job has none yet.
    if (m_state.fds.listener < 0) {
        if (auto opened = open_listener(m_state); !opened) return opened;
    }
    return m_loop.watch(m_state.fds.listener, EPOLLIN, [this](std::uint32_t) { on_connection(); });
}

Result<> Keeper::set_up_watches() {
    const auto on_restart = [this] { (void)write_state(m_state, sys::Durability::page_cache); };
    if (auto done = m_twins.watch(m_loop, on_restart); !done) return done;
    const auto on_child = [this](std::uint32_t) { on_child_ended(); };
    // Edge-triggered: a zombie stays readable until it is reaped.
    if (auto done = m_loop.watch(m_state.fds.child, EPOLLIN | EPOLLET, on_child,
                                 sys::EventLoop::Order::first);
        !done) {
        return done;
    }
    if (auto done = m_loop.watch(m_state.fds.wake_keeper, EPOLLIN,
                                 [this](std::uint32_t) { on_scribe_news(); });
        !done) {
        return done;
    }
    if (auto done = m_loop.watch(m_signals.get(), EPOLLIN, [this](std::uint32_t) { on_signal(); });
        !done)
        return done;
    if (is_adopted(m_state)) m_members.begin(m_loop);
    return listen();
}

void Keeper::restore_timers() {
    if (m_state.deadline != 0 && m_state.kill_at == 0) {
        m_loop.set_timer(timeout_timer, m_state.deadline, [this] {
            m_session.begin_stop(twin::StopCause::timeout, 0, -1, "timeout");
            after_request();
        });
    }
    arm_kill_timer();
}

/// One that was executed is not the first, which may have been killed before it could count itself.
void Keeper::count_start() {
    const bool nobody_before = m_live.block().keeper_starts.fetch_add(1) == 0;
    if (!nobody_before) return;
    m_state.oom_kills_before = count_oom_kills_at_start(m_state);
    if (m_twins.image() == twin::Image::executed) m_live.block().keeper_starts.fetch_add(1);
}

int Keeper::run() {
    const bool starts = m_twins.image() != twin::Image::refreshed;
    if (starts) count_start();
    else {
        m_twins.renew_scribe();
        (void)write_state(m_state, sys::Durability::page_cache);
    }
    if (!set_up_watches()) return 1;
    m_told_phase = static_cast<Phase>(m_state.phase.load());
    restore_timers();
    m_twins.ready();
    plan_fresh_image();
    // In place of one that was killed: what went unanswered then is not known.
    const bool is_known = m_twins.image() != twin::Image::executed;
    m_leadership.begin(is_known ? m_state.answered : m_live.block().log_end.load(),
                       sys::boottime_now());
    update_leadership();
    if (starts && m_live.block().keeper_starts.load() > 1) {
        (void)write_state(m_state, sys::Durability::page_cache);
        append_event(m_state, "keeper-started-anew");
        m_session.bring_scribe_to_this_program();
        // Viewers come back within moments.
        m_loop.set_timer(links_timer, sys::boottime_now() + reading_patience,
                         [this] { m_session.links().settle(m_clients); });
    }
    if (sys::has_ended(m_state.fds.child)) on_child_ended();
    m_loop.run();
    return 0;
}

void Keeper::on_signal() {
    while (const auto signal = sys::take_signal(m_signals.get())) {
        if (*signal == SIGCHLD) reap_orphans();
        // Somebody cannot find the socket: it was deleted by a cleaner of /tmp, or its directory
        // was.
        if (*signal == SIGUSR1) {
            m_loop.forget(m_state.fds.listener);
            (void)open_listener(m_state); // else the old one stays
            (void)listen();
            m_session.links().settle(m_clients);
        }
    }
}

void Keeper::reap_orphans() {
    for (;;) {
        siginfo_t info{};
        if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) break;
        // The command is reaped last, when its fate is safe; the scribe by the twins.
        const bool spared = info.si_pid == m_state.child_pid || info.si_pid == m_state.scribe_pid;
        if (spared) break;
        sys::reap(info.si_pid);
    }
    leave_when_over();
}

void Keeper::on_child_ended() {
    // While the command is a zombie, what is in its group is still proven to be the job's.
    if (is_adopted(m_state) && !m_child_ended) note_members(m_state);
    m_child_ended = true;
    settle_fate();
}

void Keeper::on_scribe_news() {
    std::uint64_t ignored = 0;
    (void)!::read(m_state.fds.wake_keeper, &ignored, sizeof ignored);
    update_leadership();
    settle_fate();
    leave_when_over();
}

/// The run has ended when its fate is known and all it wrote is in the log; the two come in either
/// order.
void Keeper::settle_fate() {
    if (!m_child_ended || m_announced) return;
    if (m_state.fate_kind == 0) {
        const auto patience = m_retry < anchor_patience ? Patience::with_anchor : Patience::none;
        if (!find_fate(m_state, patience)) {
            m_loop.set_timer(fate_timer, sys::boottime_now() + m_retry, [this] { settle_fate(); });
            m_retry = std::min(m_retry * 2, slowest_retry);
            return;
        }
        const bool killed =
            m_state.fate_kind == static_cast<std::uint32_t>(twin::FateKind::signaled) &&
            m_state.fate_value == SIGKILL && m_state.stop_cause == 0;
        if (killed) m_state.fate_oom = static_cast<std::uint32_t>(find_oom_evidence(m_state));
    }
    // In the live block too: a scribe of an older build tells it only there.
    if (m_state.drained.load() == 0 && m_live.block().drained_run.load() != m_state.run) return;
    m_state.phase.store(static_cast<std::uint32_t>(Phase::ended));
    if (m_state.fate_written == 0) {
        // On the disk before anybody is told. Where the disk cannot hold it, those who wait are
        // told all the same, and we try again.
        if (!write_fate(m_state)) {
            m_record_deadline = sys::boottime_now() + record_patience;
            retry_record();
        }
        append_event(m_state, "ended", [this](JsonWriter& event) { put_fate(m_state, event); });
        m_state.fate_written = 1;
    }
    m_announced = true;
    m_loop.clear_timer(timeout_timer);
    broadcast(m_session.ended_frame());
    sys::reap(m_state.child_pid);
    leave_when_over();
}

void Keeper::arm_kill_timer() {
    if (m_state.kill_at == 0) return;
    m_loop.set_timer(kill_timer, m_state.kill_at, [this] { on_kill_time(); });
}

void Keeper::on_kill_time() {
    // Again and again until all are gone: a process may have been forked while we looked.
    constexpr Nanoseconds again = 100 * ns_per_ms;
    const std::size_t left = signal_job(m_state, SIGKILL, Escalation::none);
    m_state.kill_at = left > 0 ? sys::boottime_now() + again : 0;
    arm_kill_timer();
    leave_when_over();
}

/// A file system that is full or read-only may be so for a while only.
void Keeper::retry_record() {
    constexpr Nanoseconds pause = 10 * ns_per_second;
    struct stat info {};
    const bool gone = ::fstat(m_state.fds.job_folder, &info) != 0 || info.st_nlink == 0;
    const bool done =
        gone || sys::boottime_now() > m_record_deadline || write_fate(m_state).has_value();
    if (!done) {
        m_loop.set_timer(record_timer, sys::boottime_now() + pause, [this] { retry_record(); });
        return;
    }
    m_record_deadline = 0;
    leave_when_over();
}

bool Keeper::terminal_has_ended() const {
    return m_state.terminal_ended.load() != 0 || m_live.block().terminal_ended.load() != 0;
}

/// Nothing is left to do when the fate is told, the terminal has no writer any more, and no process
/// remains that a stop has promised to end.
void Keeper::leave_when_over() {
    if (!m_announced) return;
    if (m_state.has_terminal != 0 && !terminal_has_ended()) return;
    if (m_record_deadline != 0) return;
    // The other parts of a pipeline end a moment before or after.
    if (is_adopted(m_state) && !m_members.is_done()) {
        if (m_members_deadline == 0) {
            m_members_deadline = sys::boottime_now() + ns_per_second;
            m_loop.set_timer(members_timer, m_members_deadline, [this] { leave_when_over(); });
        }
        if (sys::boottime_now() < m_members_deadline) return;
    }
    if (m_state.kill_at != 0 && !job_processes(m_state).empty()) {
        constexpr Nanoseconds soon = 100 * ns_per_ms;
        m_loop.set_timer(leave_timer, sys::boottime_now() + soon, [this] { leave_when_over(); });
        return;
    }
    const bool unsent = std::any_of(m_clients.begin(), m_clients.end(),
                                    [](const auto& entry) { return entry.second->has_unsent(); });
    // A client that has stopped reading must not keep us here.
    if (unsent && m_leave_deadline == 0) {
        m_leave_deadline = sys::boottime_now() + reading_patience;
        m_loop.set_timer(leave_timer, m_leave_deadline, [this] { leave_when_over(); });
    }
    if (unsent && sys::boottime_now() < m_leave_deadline) return;
    m_state.over.store(1);
    twin::leave_socket_directory(m_state);
    m_loop.stop();
}

/// In a forked image we carry the memory of the command line that started us.
void Keeper::plan_fresh_image() {
    if (m_twins.image() != twin::Image::forked) return;
    m_loop.set_timer(image_timer, sys::boottime_now() + m_twins.forked_image_time(),
                     [this] { take_fresh_image(); });
}

/// Connections do not survive an exec, and there is no hurry: when the last client leaves, this is
/// planned again.
void Keeper::take_fresh_image() {
    // While the scribe is not there, the job depends on this process alone: it takes no risk then.
    if (m_twins.other_is_gone()) return plan_fresh_image();
    const bool watched = std::any_of(m_clients.begin(), m_clients.end(),
                                     [](const auto& entry) { return !entry.second->stand_in; });
    const bool busy = watched || !m_session.input().is_empty() || m_child_ended;
    if (busy) return;
    m_leadership.prepare_exec();
    m_twins.exec_fresh_image();
}

void Keeper::on_connection() {
    sys::UniqueFd socket(
        ::accept4(m_state.fds.listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) {
        // Out of descriptors or memory: the listener stays ready, so we look away for a moment.
        if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR) return;
        m_loop.change(m_state.fds.listener, 0);
        m_loop.set_timer(accept_timer, sys::boottime_now() + slowest_retry,
                         [this] { m_loop.change(m_state.fds.listener, EPOLLIN); });
        return;
    }
    const auto uid = sys::peer_uid(socket.get());
    if (!uid || (*uid != ::geteuid() && *uid != 0)) return;
    if (m_clients.size() >= max_clients && !make_room_for_client()) {
        const std::string sorry = wire::encode(
            wire::to_frame(wire::ErrorReply{static_cast<std::uint16_t>(wire::FrameType::hello),
                                            "this job has 64 connections already"}));
        (void)!::send(socket.get(), sorry.data(), sorry.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        return;
    }
    const int fd = socket.get();
    const pid_t pid = sys::peer_pid(fd);
    auto client = std::make_unique<Client>(std::move(socket), pid);
    client->arrival = ++m_arrivals;
    if (m_loop.watch(fd, EPOLLIN, [this, fd](std::uint32_t events) { on_client(fd, events); })) {
        m_clients[fd] = std::move(client);
    }
}

/// Whoever has connected first and not said a word since goes.
bool Keeper::make_room_for_client() {
    const Client* oldest = nullptr;
    for (const auto& [fd, client] : m_clients) {
        if (!client->greeted && (oldest == nullptr || client->arrival < oldest->arrival))
            oldest = client.get();
    }
    if (oldest == nullptr) return false;
    drop(oldest->fd());
    return true;
}

void Keeper::on_client(int fd, std::uint32_t events) {
    try {
        serve_client(fd, events);
    } catch (const std::exception&) {
        // A bug, or no memory: it costs that client its connection and nobody else anything.
        drop(fd);
    }
}

void Keeper::serve_client(int fd, std::uint32_t events) {
    const auto found = m_clients.find(fd);
    if (found == m_clients.end()) return;
    Client& client = *found->second;
    bool lost = false;
    if ((events & EPOLLOUT) != 0) lost = client.flush() == Client::State::closed;
    if (!lost && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        lost = client.read() == Client::State::closed;
        serve_frames(client);
    }
    if (lost) drop(fd);
    after_request();
}

void Keeper::serve_frames(Client& client) {
    const int fd = client.fd();
    while (m_clients.contains(fd)) {
        auto frame = client.next_frame();
        if (!frame) return drop(fd);
        if (!*frame) return;
        if (m_session.serve(client, **frame) == Client::State::closed) return drop(fd);
    }
}

void Keeper::drop(int fd) {
    const auto found = m_clients.find(fd);
    if (found == m_clients.end()) return;
    if (found->second->viewer) m_session.viewer_left(*found->second);
    if (found->second->stand_in) m_leadership.stand_in_left(sys::boottime_now());
    m_loop.forget(fd);
    m_clients.erase(found);
    m_session.set_viewers(m_clients);
    if (m_clients.empty()) plan_fresh_image();
}

/// One that reads no more just finds its connection closed.
void Keeper::dismiss_viewers() {
    for (const wire::Dismiss& wish : m_session.take_dismissals()) {
        std::vector<int> leaving;
        for (auto& [fd, client] : m_clients) {
            const bool meant = wish.pid == 0 || client->pid() == wish.pid;
            if (!client->viewer || !meant) continue;
            (void)client->send(wire::text_frame(wire::FrameType::dismissed, wish.by));
            leaving.push_back(fd);
        }
        for (const int fd : leaving) drop(fd);
    }
}

void Keeper::update_leadership() {
    m_leadership.update(m_clients, sys::boottime_now());
    if (m_leadership.wants_stand_in()) bring_stand_in();
    if (const Nanoseconds look = m_leadership.next_look(); look != 0)
        m_loop.set_timer(lead_timer, look, [this] { after_request(); });
}

void Keeper::bring_stand_in() {
    auto started = start_stand_in(m_state);
    if (!started) {
        m_leadership.stand_in_failed(sys::boottime_now());
        return m_leadership.update(m_clients, sys::boottime_now());
    }
    const int fd = started->socket.get();
    auto client = std::make_unique<Client>(std::move(started->socket), started->pid);
    client->greeted = client->stand_in = true;
    // Where it cannot be watched its connection is closed again, and it goes.
    if (!m_loop.watch(fd, EPOLLIN, [this, fd](std::uint32_t events) { on_client(fd, events); }))
        return m_leadership.stand_in_failed(sys::boottime_now());
    m_clients[fd] = std::move(client);
    m_leadership.stand_in_came(started->pid);
    m_leadership.update(m_clients, sys::boottime_now());
}

/// What requests leave behind: input to write, a changed phase to tell, timers, interest in
/// descriptors.
void Keeper::after_request() {
    dismiss_viewers();
    m_session.set_viewers(m_clients);
    update_leadership();
    if (const Nanoseconds look = m_session.next_look_at_suspension(); look != 0) {
        m_loop.set_timer(suspension_timer, look, [this] {
            m_session.look_at_suspension();
            after_request();
        });
    }
    pump_input();
    m_session.after_input();
    const auto phase = static_cast<Phase>(m_state.phase.load());
    if (phase != m_told_phase) {
        m_told_phase = phase;
        broadcast(wire::to_frame(wire::PhaseNow{static_cast<std::uint8_t>(phase)}));
    }
    arm_kill_timer();
    update_interest();
    leave_when_over();
}

void Keeper::pump_input() {
    InputQueue& input = m_session.input();
    if (m_state.fds.master < 0) return;
    if (terminal_has_ended()) input.clear();
    for (const std::uint64_t id : input.write_to(m_state.fds.master)) {
        // One that does not read its acknowledgements just does not get them all.
        for (auto& [fd, client] : m_clients) {
            if (client->id == id) (void)client->send(wire::input_ack(input.taken(id)));
        }
    }
    const bool wait = !input.is_empty();
    if (wait == m_waits_for_terminal) return;
    m_waits_for_terminal = wait;
    if (wait)
        (void)m_loop.watch(m_state.fds.master, EPOLLOUT,
                           [this](std::uint32_t) { after_request(); });
    else m_loop.forget(m_state.fds.master);
}

void Keeper::update_interest() {
    const bool full = m_session.input().is_full();
    for (auto& [fd, client] : m_clients) {
        std::uint32_t events = full && client->types ? 0U : static_cast<std::uint32_t>(EPOLLIN);
        if (client->has_unsent()) events |= EPOLLOUT;
        m_loop.change(fd, events);
    }
}

void Keeper::broadcast(const wire::Frame& frame) {
    std::vector<int> lost;
    for (auto& [fd, client] : m_clients) {
        if (client->subscribed && client->send(frame) == Client::State::closed) lost.push_back(fd);
    }
    for (const int fd : lost) drop(fd);
    update_interest();
}

} // namespace

int run(twin::Twins& twins) {
    twin::settle(); // first: with the caller's limit on descriptors nothing might open
    auto loop = sys::EventLoop::create();
    auto live = twin::open_live(twins.state());
    auto signals = sys::open_signal_fd({SIGCHLD, SIGUSR1});
    if (!loop || !live || !signals) return 1;
    Keeper keeper(twins, std::move(*loop), std::move(*live), std::move(*signals));
    return keeper.run();
}

} // namespace outlast::keeper
