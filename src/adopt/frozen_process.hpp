// A process that stands still: all of its threads are seized and held.
#pragma once

#include "adopt/deadline.hpp"
#include "base/result.hpp"

#include <sys/types.h>
#include <vector>

namespace outlast::adopt {

enum class Filter {
    applies,  ///< seccomp(2) filters act on what the process is made to do
    suspended ///< PTRACE_O_SUSPEND_SECCOMP: needs CAP_SYS_ADMIN
};

/// PTRACE_O_… of every thread that is seized.
[[nodiscard]] unsigned long trace_options(Filter filter) noexcept;

/// From `seize` to `thaw`, or to the end of this object, the process executes nothing. Thawing lets
/// it go on as if nothing had been: calls that it slept in go on or are made again, and a process
/// that was stopped (Ctrl-Z) is stopped again. While it is frozen signals for it wait.
///
/// The caller holds SignalsHeld. When this process ends, the kernel lets go of all it had seized.
class FrozenProcess {
public:
    /// Interrupts every thread, without waiting. EPERM: not ours to trace, or traced already.
    [[nodiscard]] static Result<FrozenProcess> seize(pid_t pid, Filter filter);

    FrozenProcess(FrozenProcess&& other) noexcept;
    FrozenProcess& operator=(FrozenProcess&&) = delete;
    FrozenProcess(const FrozenProcess&) = delete;
    FrozenProcess& operator=(const FrozenProcess&) = delete;
    ~FrozenProcess() { thaw(); }

    /// Waits until all threads stand still, also those that others started meanwhile. False when
    /// the process has ended. ETIMEDOUT as for `await_stop`.
    [[nodiscard]] Result<bool> await(const Deadline& deadline);

    void thaw() noexcept;

    [[nodiscard]] pid_t pid() const noexcept { return m_pid; }
    /// By job control (Ctrl-Z), when it was interrupted. /proc tells so only while nobody else has
    /// just let go of it.
    [[nodiscard]] bool was_stopped() const noexcept { return m_was_stopped; }
    /// A thread to make calls with: the first one, which is the process's own, unless it has ended.
    [[nodiscard]] pid_t caller() const noexcept;

private:
    struct Thread {
        pid_t id = 0;
        bool held = false;
    };

    FrozenProcess(pid_t pid, Filter filter) noexcept : m_pid(pid), m_filter(filter) {}
    /// Seizes the threads that are not seized yet; how many those were.
    [[nodiscard]] Result<std::size_t> seize_new_threads();
    [[nodiscard]] Result<bool> seize_thread(pid_t thread) const;

    pid_t m_pid;
    Filter m_filter;
    std::vector<Thread> m_threads;
    bool m_was_stopped = false;
};

} // namespace outlast::adopt
