// What clients can ask of a job.
#include "keeper/session.hpp"

#include "keeper/adopted.hpp"
#include "keeper/job_processes.hpp"
#include "keeper/state_file.hpp"
#include "log/timeline.hpp"
#include "sys/clock.hpp"
#include "sys/pidfd.hpp"
#include "sys/pty.hpp"
#include "sys/unix_socket.hpp"

#include <algorithm>
#include <csignal>
#include <sys/stat.h>
#include <unistd.h>

namespace outlast::keeper {
namespace {

using twin::Phase;
using wire::FrameType;

Phase phase_of(const twin::SharedState& state) noexcept {
    return static_cast<Phase>(state.phase.load());
}

bool same_file(int a, const std::string& path) {
    struct stat one {};
    struct stat two {};
    return ::fstat(a, &one) == 0 && ::stat(path.c_str(), &two) == 0 && one.st_dev == two.st_dev &&
           one.st_ino == two.st_ino;
}

/// Descriptors that readers get: a description of their own, for reading only.
Result<sys::UniqueFd> reopen_for_reading(int fd) {
    return sys::open_at(AT_FDCWD, "/proc/self/fd/" + std::to_string(fd), O_RDONLY);
}

} // namespace

Client::State Session::serve(Client& client, const wire::Frame& frame) {
    if (!client.greeted) return greet(client, frame);
    switch (frame.type) {
    case FrameType::subscribe:
    case FrameType::get_viewers:
    case FrameType::get_signal_keys:
    case FrameType::get_offer:
    case FrameType::get_log: return answer(client, frame);
    default: break;
    }
    auto done = act(client, frame);
    if (!done) {
        return client.send(wire::to_frame(
            wire::ErrorReply{static_cast<std::uint16_t>(frame.type), done.error().message()}));
    }
    // Typing is acknowledged when the terminal has taken it.
    if (frame.type == FrameType::input || frame.type == FrameType::resize)
        return Client::State::open;
    return client.send(wire::ok_reply(frame.type));
}

Client::State Session::greet(Client& client, const wire::Frame& frame) {
    const auto hello =
        frame.type == FrameType::hello ? wire::parse_hello(frame) : fail(Errc::damaged, "no hello");
    if (!hello) return Client::State::closed;
    const std::uint64_t lacking = hello->capabilities & ~wire::known_capabilities;
    if (lacking != 0) {
        (void)client.send(
            wire::to_frame(wire::ErrorReply{static_cast<std::uint16_t>(FrameType::hello),
                                            "this job's keeper is older than what you ask for; "
                                            "outlast upgrade brings it up to date"}));
        return Client::State::closed;
    }
    client.greeted = true;
    client.id = hello->client;
    wire::Hello welcome;
    welcome.client = m_input.taken(client.id);
    welcome.capabilities = wire::known_capabilities;
    welcome.program_version = OUTLAST_VERSION;
    return client.send(wire::to_frame(FrameType::welcome, welcome));
}

Client::State Session::answer(Client& client, const wire::Frame& frame) {
    if (frame.type == FrameType::get_viewers) return client.send(wire::to_frame(m_viewers));
    if (frame.type == FrameType::get_signal_keys) {
        const auto attributes = sys::terminal_attributes(m_state.fds.master);
        const std::string keys = attributes ? sys::signal_keys(*attributes) : std::string();
        return client.send(wire::signal_keys_frame(keys));
    }
    if (frame.type == FrameType::get_offer)
        return client.send(wire::to_frame(FrameType::newest_offer, m_links.newest()));
    if (frame.type == FrameType::get_log) {
        auto log = reopen_for_reading(m_state.fds.log);
        const std::string bytes = wire::encode(wire::bare_frame(FrameType::log));
        if (!log || client.has_unsent() || !sys::send_with_fd(client.fd(), bytes, log->get())) {
            return client.send(
                wire::to_frame(wire::ErrorReply{static_cast<std::uint16_t>(frame.type), "no log"}));
        }
        return Client::State::open;
    }
    client.subscribed = true;
    const auto phase = phase_of(m_state);
    const auto sent = client.send(wire::to_frame(wire::PhaseNow{static_cast<std::uint8_t>(phase)}));
    if (sent == Client::State::closed || m_state.fate_written == 0) return sent;
    return client.send(ended_frame());
}

Result<> Session::act(Client& client, const wire::Frame& frame) {
    switch (frame.type) {
    case FrameType::attach: return attach(client, frame);
    case FrameType::offer: return take_offer(client, frame);
    case FrameType::input: return type(client, frame);
    case FrameType::resize: return resize(client, frame);
    case FrameType::end_of_input: return end_input();
    case FrameType::signal: return send_signal(frame);
    case FrameType::stop: return stop(frame);
    case FrameType::pause: return pause();
    case FrameType::resume: return resume();
    case FrameType::rename: return rename(frame);
    case FrameType::upgrade: return upgrade(client);
    case FrameType::reply: return reply(client, frame);
    case FrameType::dismiss: return dismiss(frame);
    case FrameType::lead: return note_answered(client, frame);
    case FrameType::controlling_terminal: return take_controlling_terminal(frame);
    default: // of a newer client, which must not take silence, or an ok, for the deed
        return fail(Errc::incompatible, "this job's keeper does not know this request; "
                                        "outlast upgrade brings it up to date");
    }
}

Result<> Session::require_running() const {
    if (phase_of(m_state) == Phase::ended) return fail(Errc::already_ended, "the job has ended");
    return {};
}

Result<> Session::attach(Client& client, const wire::Frame& frame) {
    auto attach = wire::parse_attach(frame);
    if (!attach) return fail(attach.error());
    client.viewer = std::move(*attach);
    append_event(m_state, "attached",
                 [&](JsonWriter& event) { event.member("pid", client.pid()); });
    const bool shows =
        client.viewer->size.columns != 0 && !client.viewer->read_only && m_state.has_terminal != 0;
    if (!shows) return {};
    client.turn = ++m_turns;
    // Viewers make the screen again from the log; where that is in memory, the program has to draw
    // it. A change of size makes it do so by itself.
    const bool keeps_size = client.viewer->size == terminal_size() || m_state.pinned_size != 0;
    if (m_state.keeps_log == 0 && keeps_size) signal_group(m_state, SIGWINCH);
    return {};
}

/// Programs that wait for an agent are accepted and served by whoever has one.
Result<> Session::take_offer(Client& client, const wire::Frame& frame) const {
    auto offer = wire::parse_offer(frame);
    if (!offer) return fail(offer.error());
    if (!client.viewer || client.viewer->read_only)
        return fail(Errc::refused, "only one that is attached, and not read-only, has a say here");
    // The job could not enter what is root's.
    if (sys::peer_uid(client.fd()) != ::geteuid())
        return fail(Errc::refused, "only the job's owner has a say here");
    client.offer = std::move(*offer);
    if (m_state.agent_waiting <= 0 || client.has_unsent()) return {};
    const std::string bytes = wire::encode(wire::bare_frame(FrameType::agent_socket));
    (void)sys::send_with_fd(client.fd(), bytes, m_state.agent_waiting);
    return {};
}

void Session::viewer_left(const Client& client) {
    append_event(m_state, "detached",
                 [&](JsonWriter& event) { event.member("pid", client.pid()); });
}

void Session::set_viewers(const std::map<int, std::unique_ptr<Client>>& clients) {
    m_links.follow(clients);
    m_viewers.clear();
    for (const auto& [fd, client] : clients) {
        if (!client->viewer) continue;
        m_viewers.push_back({client->pid(), client->viewer->size, client->viewer->read_only,
                             client->viewer->terminal});
    }
}

/// Asked of the kernel: a keeper that was started anew has not set it.
wire::WindowSize Session::terminal_size() const {
    const auto size = m_state.fds.master >= 0 ? sys::window_size(m_state.fds.master) : std::nullopt;
    if (!size) return {};
    return {size->ws_row, size->ws_col, size->ws_xpixel, size->ws_ypixel};
}

void Session::apply_size(const wire::WindowSize& size) {
    if (m_state.pinned_size != 0 || m_state.fds.master < 0 || size.columns == 0 || size.rows == 0)
        return;
    const log::TimelineWriter timeline(m_state.fds.timeline, m_state.started);
    const auto value = static_cast<std::uint32_t>(size.rows) << 16 | size.columns;
    // Noted first: what the program draws for its new size comes behind the note.
    timeline.append({sys::realtime_now(), m_live.log_end.load(), log::RecordKind::resize, value});
    const winsize kernel_size{size.rows, size.columns, size.pixel_width, size.pixel_height};
    (void)sys::set_window_size(m_state.fds.master, kernel_size);
    if (is_adopted(m_state)) (void)signal_adopted_group(m_state, SIGWINCH);
}

Result<> Session::resize(Client& client, const wire::Frame& frame) {
    const auto size = wire::parse_window_size(frame);
    if (!size) return fail(size.error());
    if (!client.viewer || client.viewer->read_only) return {};
    client.viewer->size = *size;
    return {};
}

Result<> Session::type(Client& client, const wire::Frame& frame) {
    const auto input = wire::parse_input(frame);
    if (!input) return fail(input.error());
    if (auto running = require_running(); !running) return running;
    if (client.viewer && client.viewer->read_only)
        return fail(Errc::refused, "this viewer is read-only");
    if (m_state.fds.master < 0) {
        return fail(Errc::refused, "the job has no terminal, so nothing can be typed into it");
    }
    // Of several viewers, the one who types leads, and sets the size.
    if (client.turn > 0) client.turn = ++m_turns;
    client.types = true;
    const std::string_view typed = m_input.add(client.id, input->sequence, input->bytes);
    const bool kernel_raises =
        !is_adopted(m_state) || sys::session_of_terminal(m_state.fds.master).has_value();
    if (kernel_raises) suspend_like_a_shell(input->bytes);
    if (!is_adopted(m_state)) return {};
    if (kernel_raises) m_typed += typed;
    else raise_signals(typed);
    return {};
}

void Session::after_input() {
    if (!m_typed.empty()) raise_signals(std::exchange(m_typed, {}));
}

/// A program that asks its terminal has switched line editing and echo off, or is about to; where
/// it has gone meanwhile, its shell has both on, and would show the answer as if it were typed.
Result<> Session::reply(const Client& client, const wire::Frame& frame) {
    if (auto running = require_running(); !running) return running;
    if (!client.stand_in && client.turn == 0)
        return fail(Errc::refused, "only who leads answers for the terminal");
    const auto attributes =
        m_state.fds.master >= 0 ? sys::terminal_attributes(m_state.fds.master) : std::nullopt;
    if (!attributes) return fail(Errc::refused, "the job has no terminal");
    constexpr tcflag_t line_mode = ICANON | ECHO;
    if ((attributes->c_lflag & line_mode) == line_mode)
        return fail(Errc::refused, "nobody waits for it");
    if (m_input.is_full()) return fail(Errc::refused, "the program does not read its input");
    m_input.add_uncounted(frame.payload);
    return {};
}

Result<> Session::dismiss(const wire::Frame& frame) {
    auto dismiss = wire::parse_dismiss(frame);
    if (!dismiss) return fail(dismiss.error());
    const bool is_there = std::any_of(m_viewers.begin(), m_viewers.end(), [&](const auto& viewer) {
        return dismiss->pid == 0 || viewer.pid == dismiss->pid;
    });
    if (!is_there) return fail(Errc::refused, "no such viewer");
    m_dismissals.push_back(std::move(*dismiss));
    return {};
}

Result<> Session::note_answered(const Client& client, const wire::Frame& frame) {
    const auto lead = wire::parse_lead(frame);
    if (!lead || !client.stand_in) return fail(Errc::refused, "only the stand-in hands back");
    m_answered = lead->offset;
    return {};
}

void Session::suspend_like_a_shell(std::string_view typed) {
    const auto attributes = sys::terminal_attributes(m_state.fds.master);
    if (!attributes || (attributes->c_lflag & ISIG) == 0) return;
    if (typed.find(static_cast<char>(attributes->c_cc[VSUSP])) == std::string_view::npos) return;
    constexpr Nanoseconds patience = 200 * ns_per_ms;
    m_last_look = sys::boottime_now() + patience;
    look_at_suspension();
}

void Session::look_at_suspension() {
    constexpr Nanoseconds pause = 2 * ns_per_ms;
    const Nanoseconds now = sys::boottime_now();
    const Suspension suspension = suspension_of_command(m_state);
    const bool open = suspension == Suspension::blocked && now < m_last_look;
    m_next_look = open ? now + pause : 0;
    if (suspension != Suspension::stops || phase_of(m_state) != Phase::running) return;
    signal_group(m_state, SIGSTOP);
    note_suspended();
}

void Session::note_suspended() {
    m_state.phase.store(static_cast<std::uint32_t>(Phase::paused));
    append_event(m_state, "paused");
    (void)write_state(m_state, sys::Durability::page_cache);
}

/// In the kernel's place: see SignalKeys.
void Session::raise_signals(std::string_view typed) {
    const auto attributes = sys::terminal_attributes(m_state.fds.master);
    if (!attributes) return;
    for (const int signal : m_signal_keys.raised_by(typed, *attributes)) {
        const bool stopped = signal_adopted_group(m_state, signal);
        if (stopped && phase_of(m_state) == Phase::running) note_suspended();
    }
}

/// From now on the kernel raises the terminal's signals; we see that by ourselves, and only keep
/// whose session it is.
Result<> Session::take_controlling_terminal(const wire::Frame& frame) {
    const auto news = wire::parse_controlling_terminal(frame);
    if (!news) return fail(news.error());
    if (auto running = require_running(); !running) return running;
    const auto session = sys::session_of_terminal(m_state.fds.master);
    if (!is_adopted(m_state) || !session || *session != news->pid)
        return fail(Errc::refused, "that process does not lead a session with the job's terminal");
    m_state.session_leader = *session;
    append_event(m_state, "controlling-terminal",
                 [&](JsonWriter& event) { event.member("pid", news->pid); });
    return write_state(m_state, sys::Durability::page_cache);
}

Result<> Session::end_input() {
    if (auto running = require_running(); !running) return running;
    const auto attributes =
        m_state.fds.master >= 0 ? sys::terminal_attributes(m_state.fds.master) : std::nullopt;
    if (!attributes) return fail(Errc::refused, "the job has no terminal");
    const char eof = static_cast<char>(attributes->c_cc[VEOF]);
    m_input.add_uncounted(std::string_view(&eof, 1));
    return {};
}

Result<> Session::send_signal(const wire::Frame& frame) const {
    const auto signal = wire::parse_signal(frame);
    if (!signal) return fail(signal.error());
    if (auto running = require_running(); !running) return running;
    if (signal->number < 1 || signal->number > SIGRTMAX) return fail(Errc::usage, "no such signal");
    switch (signal->target) {
    case wire::SignalTarget::main_process: signal_main(m_state, signal->number); break;
    case wire::SignalTarget::process_group: signal_group(m_state, signal->number); break;
    case wire::SignalTarget::whole_job:
        (void)signal_job(m_state, signal->number, Escalation::none);
        break;
    }
    return {};
}

void Session::begin_stop(twin::StopCause cause, int signal, std::int64_t grace_ms,
                         std::string_view by) {
    const Nanoseconds grace = (grace_ms < 0 ? m_state.stop_grace_ms : grace_ms) * ns_per_ms;
    const Nanoseconds kill_at = sys::boottime_now() + grace;
    if (m_state.stop_cause == 0) {
        m_state.stopped_by.set(by);
        m_state.stop_cause = static_cast<std::uint32_t>(cause);
    }
    m_state.kill_at = m_state.kill_at == 0 ? kill_at : std::min(m_state.kill_at, kill_at);
    m_state.phase.store(static_cast<std::uint32_t>(Phase::stopping));
    // A parent that ends first takes the proof with it that its children are the job's.
    if (is_adopted(m_state)) note_members(m_state);
    append_event(m_state, "stopping", [by](JsonWriter& event) { event.member("by", by); });
    (void)write_state(m_state, sys::Durability::page_cache);
    (void)signal_job(m_state, signal > 0 ? signal : m_state.stop_signal,
                     Escalation::hangup_if_ignored);
}

Result<> Session::stop(const wire::Frame& frame) {
    const auto stop = wire::parse_stop(frame);
    if (!stop) return fail(stop.error());
    if (auto running = require_running(); !running) return running;
    if (stop->signal < 0 || stop->signal > SIGRTMAX) return fail(Errc::usage, "no such signal");
    begin_stop(twin::StopCause::asked, stop->signal, stop->grace_ms, stop->by);
    return {};
}

Result<> Session::pause() {
    if (auto running = require_running(); !running) return running;
    if (phase_of(m_state) == Phase::stopping)
        return fail(Errc::refused, "the job is being stopped");
    // Twice: a process forked between the look and the signal is caught by the second round.
    (void)signal_job(m_state, SIGSTOP, Escalation::none);
    (void)signal_job(m_state, SIGSTOP, Escalation::none);
    m_state.phase.store(static_cast<std::uint32_t>(Phase::paused));
    append_event(m_state, "paused");
    return write_state(m_state, sys::Durability::page_cache);
}

Result<> Session::resume() {
    if (auto running = require_running(); !running) return running;
    if (phase_of(m_state) == Phase::paused)
        m_state.phase.store(static_cast<std::uint32_t>(Phase::running));
    (void)signal_job(m_state, SIGCONT, Escalation::none);
    append_event(m_state, "resumed");
    return write_state(m_state, sys::Durability::page_cache);
}

Result<> Session::rename(const wire::Frame& frame) {
    wire::PayloadReader reader(frame.payload);
    const std::string name = reader.text();
    if (!reader.good() || name.empty()) return fail(Errc::damaged, "no name");
    m_state.name.set(name);
    append_event(m_state, "renamed", [&](JsonWriter& event) { event.member("name", name); });
    return write_state(m_state, sys::Durability::page_cache);
}

Result<> Session::upgrade(Client& client) {
    const sys::UniqueFd program = client.take_descriptor();
    if (!program) return fail(Errc::damaged, "no program came with the request");
    append_event(m_state, "upgrading");
    // On success this process goes on in the new program and the connections close: the client asks
    // again.
    return fail(m_twins.exec_program(program.get()));
}

void Session::bring_scribe_to_this_program() const {
    const auto own = sys::open_at(AT_FDCWD, "/proc/self/exe", O_PATH);
    if (!own || m_twins.other_is_gone()) return;
    if (same_file(own->get(), "/proc/" + std::to_string(m_state.scribe_pid) + "/exe")) return;
    (void)sys::send_signal(m_twins.other_pidfd(), SIGUSR2);
}

wire::Frame Session::ended_frame() const {
    wire::Ended ended;
    ended.kind = static_cast<std::uint8_t>(m_state.fate_kind - 1);
    ended.value = m_state.fate_value;
    ended.log_end = m_live.drained_end.load();
    return wire::to_frame(ended);
}

} // namespace outlast::keeper
