// The loop of a wait, and the wait for a process that is no job.
#include "attach/wait_for.hpp"

#include "sys/clock.hpp"
#include "sys/pidfd.hpp"
#include "sys/process_info.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <unistd.h>

namespace outlast::attach {
namespace {

WaitResult process_result(const sys::ExitStatus& status) {
    constexpr int signal_base = 128;
    constexpr int not_known = 125;
    WaitResult result;
    if (const auto* exited = std::get_if<sys::Exited>(&status)) {
        result.exit_code = exited->code;
        result.state = exited->code == 0 ? "ok" : "failed (" + std::to_string(exited->code) + ")";
    } else if (const auto* signaled = std::get_if<sys::Signaled>(&status)) {
        result.exit_code = signal_base + signaled->signal;
        result.state = "killed (" + sys::signal_name(signaled->signal) + ")";
    } else {
        result.exit_code = not_known;
        result.state = "unknown (" + std::get<sys::StatusUnknown>(status).why + ")";
    }
    result.ended_with = result.exit_code;
    return result;
}

class ProcessWait final : public Waitable {
public:
    ProcessWait(pid_t pid, std::uint64_t start_ticks, sys::UniqueFd pidfd)
        : m_pid(pid), m_start_ticks(start_ticks), m_pidfd(std::move(pidfd)) {}

    void watch(std::vector<pollfd>& into) const override {
        into.push_back({m_pidfd.get(), POLLIN, 0});
    }
    [[nodiscard]] Nanoseconds next_look() const override { return sys::never; }

    [[nodiscard]] Result<std::optional<WaitResult>> look() override {
        if (!sys::has_ended(m_pidfd.get())) return std::optional<WaitResult>();
        // The kernel tells once the parent has collected it; until then it is a zombie in /proc.
        auto status = sys::exit_info(m_pidfd.get());
        if (!status) status = zombie_status();
        if (!status) status = sys::exit_info(m_pidfd.get());
        if (!status)
            status = sys::StatusUnknown{"this kernel tells only its parent; Linux 6.15 does"};
        return std::optional(process_result(*status));
    }

private:
    /// The kernel shows 0 to those who may not read it, so 0 counts only when we surely may.
    [[nodiscard]] std::optional<sys::ExitStatus> zombie_status() const {
        const auto stat = sys::read_process_stat(m_pid);
        if (!stat || stat->state != 'Z' || stat->start_ticks != m_start_ticks) return std::nullopt;
        const auto uids = sys::read_uids(m_pid);
        const uid_t mine = ::geteuid();
        const bool readable = mine == 0 || (uids && uids->real == mine && uids->effective == mine &&
                                            uids->saved == mine);
        if (stat->exit_code == 0 && !readable) return std::nullopt;
        return sys::exit_status_from_wait(stat->exit_code);
    }

    pid_t m_pid;
    std::uint64_t m_start_ticks;
    sys::UniqueFd m_pidfd;
};

} // namespace

Result<std::unique_ptr<Waitable>> wait_for_process(pid_t pid) {
    auto pidfd = sys::open_pidfd(pid);
    const auto stat = sys::read_process_stat(pid);
    if (!pidfd || !stat) {
        return fail(Errc::no_such_job, "no job and no process " + std::to_string(pid), {},
                    "all jobs: outlast ls -a");
    }
    return std::make_unique<ProcessWait>(pid, stat->start_ticks, std::move(*pidfd));
}

Result<bool> wait_for(const std::vector<std::unique_ptr<Waitable>>& waitables, WaitUntil until,
                      Nanoseconds deadline,
                      const std::function<void(std::size_t, const WaitResult&)>& report) {
    std::vector<bool> settled(waitables.size());
    for (;;) {
        for (std::size_t i = 0; i < waitables.size(); ++i) {
            if (settled[i]) continue;
            const auto result = waitables[i]->look();
            if (!result) return fail(result.error());
            if (!*result) continue;
            settled[i] = true;
            report(i, **result);
            if (until == WaitUntil::any) return true;
        }
        if (std::all_of(settled.begin(), settled.end(), [](bool each) { return each; }))
            return true;
        if (deadline != 0 && sys::boottime_now() >= deadline) return false;
        std::vector<pollfd> watch;
        Nanoseconds wake = deadline != 0 ? deadline : sys::never;
        for (std::size_t i = 0; i < waitables.size(); ++i) {
            if (settled[i]) continue;
            waitables[i]->watch(watch);
            wake = std::min(wake, waitables[i]->next_look());
        }
        if (::poll(watch.data(), watch.size(), sys::poll_timeout(wake)) < 0 && errno != EINTR)
            return fail_errno("poll");
    }
}

} // namespace outlast::attach
