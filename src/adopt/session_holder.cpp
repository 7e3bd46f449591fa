// Holds login sessions until their connection is gone.
#include "adopt/session_holder.hpp"

#include "adopt/orphaned_session.hpp"
#include "base/text.hpp"
#include "sys/clock.hpp"
#include "sys/pidfd.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace outlast::adopt {
namespace {

constexpr int look_timer = 1;
/// Each costs two descriptors.
constexpr std::size_t most_sessions = 1024;
/// The kernel tells of everything that matters; this is for what a server does without a trace.
constexpr Nanoseconds between_looks = 30 * ns_per_second;
constexpr Nanoseconds first_pause = ns_per_second;
constexpr Nanoseconds longest_pause = 60 * ns_per_second;
/// A server gives the terminal to its user first, and starts the shell in it a moment later.
constexpr Nanoseconds first_look_pause = 20 * ns_per_ms;
constexpr Nanoseconds longest_look_pause = 2 * ns_per_second;

} // namespace

Result<std::unique_ptr<SessionHolder>> SessionHolder::create(Scope scope, Tell tell) {
    auto loop = sys::EventLoop::create();
    if (!loop) return fail(loop.error());
    std::unique_ptr<SessionHolder> holder(
        new SessionHolder(scope, std::move(tell), std::move(*loop)));
    if (auto done = holder->watch_terminals(); !done) return fail(done.error());
    return holder;
}

/// A server that takes a terminal for a session gives it to the user (chown(2)), and takes it away
/// when it leaves: both show in the directory.
Result<> SessionHolder::watch_terminals() {
    m_inotify.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!m_inotify || ::inotify_add_watch(m_inotify.get(), "/dev/pts", IN_CREATE | IN_ATTRIB) < 0)
        return fail_errno("watch /dev/pts");
    return m_loop.watch(m_inotify.get(), EPOLLIN, [this](std::uint32_t) { on_terminal_changes(); });
}

void SessionHolder::on_terminal_changes() {
    std::array<char, 4096> bytes; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
    std::vector<unsigned> terminals;
    ssize_t count = 0;
    while ((count = ::read(m_inotify.get(), bytes.data(), bytes.size())) > 0) {
        for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
            inotify_event event{};
            std::memcpy(&event, bytes.data() + at, sizeof event);
            if (event.len > 0) {
                if (const auto number = parse_u64(bytes.data() + at + sizeof event))
                    terminals.push_back(static_cast<unsigned>(*number));
            }
            at += sizeof event + event.len;
        }
    }
    std::sort(terminals.begin(), terminals.end());
    terminals.erase(std::unique(terminals.begin(), terminals.end()), terminals.end());
    for (const unsigned terminal : terminals) look(terminal);
    if (m_scope == Scope::given || terminals.empty()) return;
    m_look_pause = first_look_pause;
    m_next_look = sys::boottime_now() + m_look_pause;
    plan_look();
}

void SessionHolder::look(unsigned terminal) {
    const auto found = m_held.find(terminal);
    if (found == m_held.end()) return hold_new(terminal);
    Held& held = *found->second;
    if (sys::has_ended(held.session.leader_pidfd.get())) return let_go(terminal, SessionNews::left);
    if (!held.dropped && !has_server(held.session)) return on_drop(held);
    if (held.next_try != 0 && sys::boottime_now() >= held.next_try) make_job(held);
}

void SessionHolder::look_at_all() {
    std::vector<unsigned> terminals;
    if (m_scope == Scope::every_session) terminals = ssh_terminals();
    for (const auto& [terminal, held] : m_held) terminals.push_back(terminal);
    for (const unsigned terminal : terminals) look(terminal);
    if (m_next_look != 0) {
        m_look_pause *= 2;
        m_next_look = m_look_pause <= longest_look_pause ? sys::boottime_now() + m_look_pause : 0;
    }
    plan_look();
}

void SessionHolder::plan_look() {
    Nanoseconds next = sys::boottime_now() + between_looks;
    if (m_next_look != 0) next = std::min(next, m_next_look);
    for (const auto& [terminal, held] : m_held) {
        if (held->next_try != 0) next = std::min(next, held->next_try);
    }
    m_loop.set_timer(look_timer, next, [this] { look_at_all(); });
}

void SessionHolder::hold_new(unsigned terminal) {
    if (m_scope != Scope::every_session || m_held.size() >= most_sessions) return;
    if (auto session = hold_session(terminal, Server::ssh)) add(std::move(*session));
}

void SessionHolder::add(HeldSession session) {
    const unsigned terminal = session.terminal;
    auto held = std::make_unique<Held>();
    held->session = std::move(session);
    const auto look_here = [this, terminal](std::uint32_t) { look(terminal); };
    // Edge-triggered: a zombie stays readable.
    if (!m_loop.watch(held->session.leader_pidfd.get(), EPOLLIN | EPOLLET, look_here)) return;
    for (const auto& server : held->session.servers)
        (void)m_loop.watch(server.pidfd.get(), EPOLLIN | EPOLLET,
                           look_here); // else a look finds it
    m_tell(held->session, SessionNews::held);
    m_held[terminal] = std::move(held);
    look(terminal);
}

void SessionHolder::on_drop(Held& held) {
    held.dropped = true;
    restore_node(held.session);
    make_job(held);
}

void SessionHolder::make_job(Held& held) {
    const unsigned terminal = held.session.terminal;
    held.next_try = 0;
    auto rescuer = start_rescuer(held.session);
    const bool watched =
        rescuer && m_loop.watch(rescuer->get(), EPOLLIN | EPOLLET,
                                [this, terminal](std::uint32_t) { on_rescuer_ended(terminal); });
    if (watched) {
        held.rescuer = std::move(*rescuer);
        return;
    }
    try_again(held);
}

void SessionHolder::try_again(Held& held) {
    held.pause = held.pause == 0 ? first_pause : std::min(held.pause * 2, longest_pause);
    held.next_try = sys::boottime_now() + held.pause;
    plan_look();
}

void SessionHolder::on_rescuer_ended(unsigned terminal) {
    const auto found = m_held.find(terminal);
    if (found == m_held.end()) return;
    Held& held = *found->second;
    siginfo_t info{};
    const bool reaped =
        ::waitid(P_PIDFD, static_cast<id_t>(held.rescuer.get()), &info, WEXITED) == 0;
    m_loop.forget(held.rescuer.get());
    held.rescuer.reset();
    if (reaped && info.si_code == CLD_EXITED && info.si_status == 0)
        return let_go(terminal, SessionNews::dropped);
    if (held.pause == 0) m_tell(held.session, SessionNews::not_saved);
    try_again(held);
}

void SessionHolder::let_go(unsigned terminal, SessionNews news) {
    const auto found = m_held.find(terminal);
    if (found == m_held.end()) return;
    const std::unique_ptr<Held> held = std::move(found->second);
    m_held.erase(found);
    m_loop.forget(held->session.leader_pidfd.get());
    for (const auto& server : held->session.servers) m_loop.forget(server.pidfd.get());
    if (held->rescuer) m_loop.forget(held->rescuer.get());
    m_tell(held->session, news);
    if (m_held.empty() && m_scope == Scope::given) m_loop.stop();
}

void SessionHolder::run() {
    look_at_all();
    if (m_held.empty() && m_scope == Scope::given) return;
    m_loop.run();
}

} // namespace outlast::adopt
