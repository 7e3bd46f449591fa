// A process that stands still.
#include "adopt/frozen_process.hpp"

#include "adopt/fault.hpp"
#include "adopt/machine.hpp"
#include "adopt/stop.hpp"
#include "base/text.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <cerrno>
#include <string>
#include <sys/ptrace.h>
#include <utility>

namespace outlast::adopt {
namespace {

constexpr unsigned long suspend_seccomp = 1UL << 21; // PTRACE_O_SUSPEND_SECCOMP, linux/ptrace.h

std::vector<pid_t> threads_of(pid_t pid) {
    std::vector<pid_t> threads;
    const auto names = sys::list_directory_at(AT_FDCWD, "/proc/" + std::to_string(pid) + "/task");
    if (!names) return threads;
    for (const std::string& name : *names) {
        if (const auto thread = parse_u64(name)) threads.push_back(static_cast<pid_t>(*thread));
    }
    std::sort(threads.begin(), threads.end());
    return threads;
}

/// True for a thread that has ended but stays visible, as the first one of a process does.
bool is_over(pid_t pid, pid_t thread) {
    const auto stat = sys::read_file(
        "/proc/" + std::to_string(pid) + "/task/" + std::to_string(thread) + "/stat", 4096);
    if (!stat) return true;
    const std::size_t end = stat->rfind(')');
    return end == std::string::npos || end + 2 >= stat->size() || (*stat)[end + 2] == 'Z' ||
           (*stat)[end + 2] == 'X';
}

} // namespace

unsigned long trace_options(Filter filter) noexcept {
    unsigned long options = PTRACE_O_TRACESYSGOOD;
    if (filter == Filter::suspended) options |= suspend_seccomp;
    return options;
}

Result<FrozenProcess> FrozenProcess::seize(pid_t pid, Filter filter) {
    FrozenProcess process(pid, filter);
    const auto count = process.seize_new_threads();
    if (!count) return fail(count.error());
    if (*count == 0) return fail_errno(ESRCH, "seize " + std::to_string(pid));
    return process;
}

FrozenProcess::FrozenProcess(FrozenProcess&& other) noexcept
    : m_pid(other.m_pid), m_filter(other.m_filter), m_threads(std::exchange(other.m_threads, {})),
      m_was_stopped(other.m_was_stopped) {}

Result<bool> FrozenProcess::seize_thread(pid_t thread) const {
    if (auto fault = fault_point("seize"); !fault) return fail(fault.error());
    if (::ptrace(PTRACE_SEIZE, thread, nullptr, trace_options(m_filter)) != 0) {
        const int error = errno;
        if (error == ESRCH || is_over(m_pid, thread)) return false;
        return fail_errno(error, "seize " + std::to_string(m_pid));
    }
    ::ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr);
    return true;
}

Result<std::size_t> FrozenProcess::seize_new_threads() {
    std::size_t count = 0;
    for (const pid_t thread : threads_of(m_pid)) {
        const bool known = std::any_of(m_threads.begin(), m_threads.end(),
                                       [&](const Thread& other) { return other.id == thread; });
        if (known) continue;
        const auto seized = seize_thread(thread);
        if (!seized) return fail(seized.error());
        if (!*seized) continue;
        m_threads.push_back({thread, false});
        ++count;
    }
    return count;
}

Result<bool> FrozenProcess::await(const Deadline& deadline) {
    // A thread may start another until it stands still: look again until there is no new one.
    while (true) {
        for (Thread& thread : m_threads) {
            if (thread.held) continue;
            if (auto fault = fault_point("hold"); !fault) return fail(fault.error());
            const auto held = await_held(thread.id, deadline);
            if (!held) return fail(held.error());
            if (*held == Held::gone) thread.id = 0;
            else thread.held = true;
            m_was_stopped = m_was_stopped || *held == Held::stopped;
        }
        std::erase_if(m_threads, [](const Thread& thread) { return thread.id == 0; });
        if (m_threads.empty()) return false;
        const auto count = seize_new_threads();
        if (!count) return fail(count.error());
        if (*count == 0) return true;
    }
}

pid_t FrozenProcess::caller() const noexcept {
    return m_threads.empty() ? 0 : m_threads.front().id;
}

void FrozenProcess::thaw() noexcept {
    for (const Thread& thread : std::exchange(m_threads, {})) {
        if (!thread.held) {
            // Only a thread that stands still can be let go of. One that stops within a moment is
            // waited for; one in an uninterruptible sleep goes on by itself when we have ended.
            const auto held = await_held(thread.id, Deadline(50 * ns_per_ms));
            if (!held || *held == Held::gone) continue;
        }
        if (const auto registers = read_registers(thread.id);
            registers && loses_its_call(*registers)) {
            static_cast<void>(write_registers(thread.id, uninterrupted(*registers)));
        }
        ::ptrace(PTRACE_DETACH, thread.id, nullptr, nullptr);
    }
}

} // namespace outlast::adopt
