// Ends what a job has left running.
#include "attach/leftover_stop.hpp"

#include "job/leftovers.hpp"
#include "sys/clock.hpp"
#include "sys/pidfd.hpp"

#include <algorithm>
#include <csignal>

namespace outlast::attach {
LeftoverStop::LeftoverStop(const job::JobFolder& folder, const job::Record& record, int signal,
                           Nanoseconds grace)
    : m_folder(folder), m_record(record), m_count(signal_all(signal)),
      m_kill_at(sys::boottime_now() + grace) {}

/// Each is looked for anew: what it forked meanwhile holds the lock too.
std::size_t LeftoverStop::signal_all(int signal) {
    m_processes.clear();
    for (const pid_t pid : job::leftovers_of(m_folder, m_record)) {
        auto process = sys::open_pidfd(pid);
        if (!process) continue;
        (void)sys::send_signal(process->get(), signal);
        if (signal != SIGKILL) (void)sys::send_signal(process->get(), SIGCONT);
        m_processes.push_back(std::move(*process));
    }
    return m_processes.size();
}

LeftoverStop::State LeftoverStop::look() {
    std::erase_if(m_processes,
                  [](const sys::UniqueFd& process) { return sys::has_ended(process.get()); });
    const Nanoseconds now = sys::boottime_now();
    if (m_processes.empty()) {
        const bool none_new = job::leftovers_of(m_folder, m_record).empty();
        if (none_new) return State::gone;
        (void)signal_all(SIGKILL); // forked since we looked
    }
    if (m_give_up != 0 && now >= m_give_up) return State::survived;
    if (m_give_up == 0 && now >= m_kill_at) {
        (void)signal_all(SIGKILL);
        m_give_up = now + patience_after_kill;
    }
    return State::waiting;
}

void LeftoverStop::add_to(std::vector<pollfd>& watch, Nanoseconds& deadline) const {
    for (const sys::UniqueFd& process : m_processes) watch.push_back({process.get(), POLLIN, 0});
    deadline = std::min(deadline, m_give_up != 0 ? m_give_up : m_kill_at);
}

} // namespace outlast::attach
