// Waits for a log to grow and for its job to end.
#include "attach/log_follower.hpp"

#include "sys/clock.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <poll.h>
#include <unistd.h>

namespace outlast::attach {
namespace {
constexpr int unlinked_poll_ms = 500;
} // namespace

void LogFollower::follow(const job::Record& record) {
    m_record = record;
    m_link.reset();
    m_linked = false;
    m_ended = !job::is_alive(record.condition);
    if (m_ended) return;
    m_link.emplace(m_folder, record);
    m_linked = m_link->open(std::nullopt).has_value();
    if (m_linked && m_link->end()) note_end();
}

void LogFollower::note_end() {
    const std::uint32_t run = m_record.run;
    const std::optional<RunEnd> end = m_link ? m_link->end() : std::nullopt;
    const job::Record now = job::read_record(m_folder);
    // By now the next run may have begun: then the record is not ours.
    if (now.run == run && now.condition != job::Condition::damaged) m_record = now;
    if (!m_record.fate && end) m_record.fate = end->fate;
    m_ended = true;
    m_linked = false;
}

int LogFollower::timeout_ms() const {
    int limit = m_watch.timeout_ms();
    if (!m_linked && (limit < 0 || limit > unlinked_poll_ms)) limit = unlinked_poll_ms;
    if (m_deadline == 0) return limit;
    const Nanoseconds left = std::max<Nanoseconds>(0, m_deadline - sys::realtime_now());
    const int until = static_cast<int>(
        std::min<Nanoseconds>(left / ns_per_ms + 1, std::numeric_limits<int>::max()));
    return limit < 0 ? until : std::min(limit, until);
}

bool LogFollower::poll_once() {
    std::array<pollfd, 3> watch{{{m_watch.fd(), POLLIN, 0},
                                 {m_linked ? m_link->fd() : -1, POLLIN, 0},
                                 // A pipe whose reader has gone shows as an error, even while we
                                 // have nothing to write.
                                 {STDOUT_FILENO, 0, 0}}};
    ::poll(watch.data(), watch.size(), timeout_ms());
    m_watch.drain();
    if (watch[1].revents != 0) {
        m_linked = m_link->on_readable().has_value();
        if (m_linked && m_link->end()) note_end();
    } else if (!m_linked) {
        const job::Record now = job::read_record(m_folder);
        if (now.run != m_record.run || !job::is_alive(now.condition)) note_end();
    }
    return (watch[2].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
}

LogFollower::Wake LogFollower::wait(std::uint64_t offset, const log::TailMark& mark) {
    for (;;) {
        // In this order: what is told to have ended had all its output in the log before.
        const bool ended = m_ended;
        const std::uint64_t size = m_file.size();
        if (size != offset) return mark.holds(m_file.fd()) ? Wake::more : Wake::emptied;
        if (ended) return Wake::ended;
        if (m_deadline != 0 && sys::realtime_now() >= m_deadline) return Wake::time_over;
        if (poll_once()) return Wake::output_closed;
    }
}

bool LogFollower::next_run() {
    constexpr Nanoseconds patience = ns_per_second;
    constexpr int pause_ms = 20;
    const bool stopped = m_record.fate && m_record.fate->cause == "stopped";
    const Nanoseconds deadline = sys::boottime_now() + (stopped ? patience : 0);
    for (;;) {
        const job::Record now = job::read_record(m_folder);
        if (now.condition != job::Condition::damaged && now.run != m_record.run) {
            follow(now);
            return true;
        }
        if (sys::boottime_now() >= deadline) return false;
        ::poll(nullptr, 0, pause_ms);
    }
}

} // namespace outlast::attach
