// Keeper and scribe watch each other.
#include "twin/twins.hpp"

#include "base/text.hpp"
#include "sys/clock.hpp"
#include "sys/close_descriptors.hpp"
#include "sys/file.hpp"
#include "sys/pidfd.hpp"
#include "sys/process_title.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace outlast::twin {
namespace {

constexpr int restart_timer = 1000;
constexpr std::uint32_t patient_after =
    20; ///< early deaths in a row after which we wait between attempts

std::int32_t& pid_slot(SharedState& state, Role role) noexcept {
    return role == Role::keeper ? state.keeper_pid : state.scribe_pid;
}

} // namespace

std::string process_title(const SharedState& state, Role role) {
    std::string title = role == Role::keeper ? "outlast: keeper " : "outlast: scribe ";
    title += std::to_string(state.number);
    title += " (";
    title += state.name.view();
    return title + ")";
}

Twins::Twins(SharedState& state, Role role, sys::UniqueFd other, Image image)
    : m_state(state), m_role(role), m_other(std::move(other)), m_image(image) {
    pid_slot(state, role) = ::getpid();
    ::prctl(PR_SET_NAME, role == Role::keeper ? "outlast-keeper" : "outlast-scribe", 0, 0, 0);
    if (image == Image::executed || role == Role::keeper) inherit_descriptors(false);
    if (image != Image::executed) m_untitled = !sys::set_process_title(process_title(state, role));
}

Nanoseconds Twins::forked_image_time() const noexcept {
    // Others know us by our title (job/liveliness.hpp).
    if (m_untitled) return 0;
    return ns_per_second;
}

void Twins::inherit_descriptors(bool inherit) const noexcept {
    for (const std::int32_t fd : m_state.descriptors()) {
        if (fd >= 0) ::fcntl(fd, F_SETFD, inherit ? 0 : FD_CLOEXEC);
    }
}

/// Closes what a forked process holds by inheritance only: a copy of a pipe's end here would hide
/// its end from the process that waits for it.
void Twins::close_unshared(int keep) const {
    const auto shared = m_state.descriptors();
    std::vector<int> kept(shared.begin(), shared.end());
    kept.insert(kept.end(), {0, 1, 2, keep});
    sys::close_descriptors_but(std::move(kept));
}

Result<> Twins::fork_scribe() {
    auto self = sys::open_pidfd(::getpid());
    if (!self) return fail(self.error());
    const pid_t child = ::fork();
    if (child < 0) return fail_errno("start the scribe");
    if (child == 0) {
        close_unshared(self->get());
        const Image image = m_image == Image::forked ? Image::forked : Image::refreshed;
        Twins twins(m_state, Role::scribe, std::move(*self), image);
        ::_exit(m_scribe_main(twins));
    }
    return adopt_other(child);
}

void Twins::renew_scribe() {
    constexpr int patience_ms = 1000;
    if (!m_other || m_scribe_main == nullptr) return;
    (void)sys::send_signal(m_other.get(), SIGUSR1);
    pollfd ended{m_other.get(), POLLIN, 0};
    if (::poll(&ended, 1, patience_ms) <= 0) return;
    reap_other();
    m_other.reset();
    (void)fork_scribe();
}

Result<> Twins::adopt_other(pid_t child) {
    auto other = sys::open_pidfd(child);
    if (!other) {
        // One that we cannot watch would be a second one after the next attempt.
        ::kill(child, SIGKILL);
        siginfo_t ignored{};
        while (::waitid(P_PID, static_cast<id_t>(child), &ignored, WEXITED) != 0 &&
               errno == EINTR) {
        }
        return fail(other.error());
    }
    pid_slot(m_state, other_role(m_role)) = child;
    m_other = std::move(*other);
    return {};
}

void Twins::exec_as(Role role, int program, int other) noexcept {
    inherit_descriptors(true);
    ::fcntl(other, F_SETFD, 0);
    const std::string title = process_title(m_state, role);
    std::array<char, 96> how{};
    std::snprintf(how.data(), how.size(), "%s=%s %d %d", resident_variable,
                  role == Role::keeper ? "keeper" : "scribe", m_state.fds.shared, other);
    std::array<const char*, 2> arguments{title.c_str(), nullptr};
    std::array<const char*, 2> environment{how.data(), nullptr};
    // execve takes char* const[] for historical reasons and changes nothing.
    ::fexecve(program, const_cast<char* const*>(arguments.data()),
              const_cast<char* const*>(environment.data()));
    const int number = errno;
    inherit_descriptors(false);
    ::_exit(number);
}

Result<> Twins::start_other() {
    auto self = sys::open_pidfd(::getpid());
    if (!self) return fail(self.error());
    auto program = sys::open_at(AT_FDCWD, "/proc/self/exe", O_PATH);
    if (!program) return fail(program.error());
    m_state.early_deaths.fetch_add(1);
    const pid_t child = ::fork();
    if (child < 0) return fail_errno("fork");
    if (child == 0) exec_as(other_role(m_role), program->get(), self->get());
    return adopt_other(child);
}

void Twins::ready() noexcept { m_state.early_deaths.store(0); }

Result<> Twins::watch(sys::EventLoop& loop, std::function<void()> restarted) {
    m_restarted = std::move(restarted);
    return watch_other(loop);
}

Result<> Twins::watch_other(sys::EventLoop& loop) {
    if (!m_other) {
        restart(loop);
        return {};
    }
    return loop.watch(
        m_other.get(), EPOLLIN, [this, &loop](std::uint32_t) { on_other_ended(loop); },
        sys::EventLoop::Order::first);
}

void Twins::reap_other() const {
    const pid_t pid = pid_slot(m_state, other_role(m_role));
    if (pid > 0) sys::reap(pid);
}

void Twins::on_other_ended(sys::EventLoop& loop) {
    loop.forget(m_other.get());
    reap_other();
    m_other.reset();
    if (m_state.over.load() != 0) loop.stop();
    else restart(loop);
}

void Twins::restart(sys::EventLoop& loop) {
    const bool patient = m_state.early_deaths.load() > patient_after;
    // It may live and only not be watched yet, because the watch could not be had.
    const bool started = (m_other && !other_is_gone()) || (!patient && start_other());
    if (started && watch_other(loop)) {
        if (m_restarted) m_restarted();
        return;
    }
    // Out of processes or memory, or a program that cannot start: try again once a second, for
    // ever. The job runs on meanwhile.
    if (patient) m_state.early_deaths.store(patient_after);
    loop.set_timer(restart_timer, sys::boottime_now() + ns_per_second,
                   [this, &loop] { restart(loop); });
}

bool Twins::other_is_gone() const { return !m_other || sys::has_ended(m_other.get()); }

void Twins::end_other() {
    m_state.over.store(1);
    if (!m_other) return;
    (void)sys::send_signal(m_other.get(), SIGKILL);
    siginfo_t ignored{};
    const pid_t pid = pid_slot(m_state, other_role(m_role));
    while (::waitid(P_PID, static_cast<id_t>(pid), &ignored, WEXITED) != 0 && errno == EINTR) {
    }
    m_other.reset();
}

Error Twins::exec_program(int program) { return exec_as_myself(program, ""); }

void Twins::exec_fresh_image() {
    const auto program = sys::open_at(AT_FDCWD, "/proc/self/exe", O_PATH);
    // Where it cannot be (a program on a file server that is gone), the forked image does as well.
    if (program) (void)exec_as_myself(program->get(), " fresh");
}

Error Twins::exec_as_myself(int program, std::string_view occasion) {
    inherit_descriptors(true);
    if (m_other) ::fcntl(m_other.get(), F_SETFD, 0);
    const std::string title = process_title(m_state, m_role);
    std::string how = std::string(resident_variable) +
                      (m_role == Role::keeper ? "=keeper " : "=scribe ") +
                      std::to_string(m_state.fds.shared) + " " + std::to_string(m_other.get());
    how += occasion;
    std::array<const char*, 2> arguments{title.c_str(), nullptr};
    std::array<const char*, 2> environment{how.c_str(), nullptr};
    ::fexecve(program, const_cast<char* const*>(arguments.data()),
              const_cast<char* const*>(environment.data()));
    Error error = errno_error("exec the new program");
    inherit_descriptors(false);
    if (m_other) ::fcntl(m_other.get(), F_SETFD, FD_CLOEXEC);
    return error;
}

Result<sys::UniqueFd> Twins::open_others_program() const {
    const pid_t pid = pid_slot(m_state, other_role(m_role));
    return sys::open_at(AT_FDCWD, "/proc/" + std::to_string(pid) + "/exe", O_PATH);
}

} // namespace outlast::twin
