// Tells which jobs have new events.
#include "job/event_watch.hpp"

#include "base/text.hpp"
#include "sys/file.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace outlast::job {
namespace {
constexpr int poll_ms = 500;
constexpr int pending_ms = 20;
constexpr int pending_looks = 500; ///< 10 s: a folder that is made, but never becomes a job
} // namespace

EventWatch::EventWatch(const Registry& registry, NewJobs new_jobs)
    : m_registry(registry), m_new_jobs(new_jobs),
      m_inotify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    if (!m_inotify) m_complete = false;
    if (m_new_jobs == NewJobs::ignore || !m_inotify) return;
    const std::string path = registry.path() + "/jobs";
    m_folder_watch = ::inotify_add_watch(m_inotify.get(), path.c_str(), IN_CREATE | IN_MOVED_TO);
    if (m_folder_watch < 0) m_complete = false;
}

void EventWatch::add(std::uint64_t number) {
    m_known.insert(number);
    if (!m_inotify) return;
    const std::string path =
        m_registry.path() + "/jobs/" + std::to_string(number) + "/events.jsonl";
    const int watch = ::inotify_add_watch(m_inotify.get(), path.c_str(), IN_MODIFY);
    if (watch >= 0) m_watches[watch] = number;
    else if (errno == ENOENT) m_pending.try_emplace(number, pending_looks);
    else m_complete = false;
}

void EventWatch::note_new_folder(const std::string& name) {
    const auto number = parse_u64(name);
    if (number && !m_known.contains(*number)) add(*number);
}

void EventWatch::read_notifications(std::set<std::uint64_t>& changed) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): filled by read
    alignas(inotify_event) std::array<char, 8192> bytes;
    ssize_t have = 0;
    while (m_inotify && (have = ::read(m_inotify.get(), bytes.data(), bytes.size())) > 0) {
        for (ssize_t at = 0; at < have;) {
            inotify_event event{};
            std::memcpy(&event, bytes.data() + at, sizeof event);
            const char* name = bytes.data() + at + sizeof event;
            if ((event.mask & IN_Q_OVERFLOW) != 0) changed.insert(m_known.begin(), m_known.end());
            else if (event.wd == m_folder_watch && event.len > 0) {
                note_new_folder(name);
                if (const auto number = parse_u64(name)) changed.insert(*number);
            } else if (const auto found = m_watches.find(event.wd); found != m_watches.end())
                changed.insert(found->second);
            at += static_cast<ssize_t>(sizeof event + event.len);
        }
    }
}

void EventWatch::retry_pending(std::set<std::uint64_t>& changed) {
    auto pending = std::exchange(m_pending, {});
    for (const auto& [number, looks] : pending) {
        add(number);
        const auto still = m_pending.find(number);
        if (still == m_pending.end()) changed.insert(number);
        else if (looks <= 1) m_pending.erase(still);
        else still->second = looks - 1;
    }
}

EventWatch::Changes EventWatch::wait() {
    const int timeout = !m_pending.empty() ? pending_ms : m_complete ? -1 : poll_ms;
    std::array<pollfd, 2> watch{{{m_inotify.get(), POLLIN, 0}, {STDOUT_FILENO, 0, 0}}};
    ::poll(watch.data(), watch.size(), timeout);
    std::set<std::uint64_t> changed;
    read_notifications(changed);
    retry_pending(changed);
    if (!m_complete) {
        if (m_new_jobs == NewJobs::watch) {
            for (const std::uint64_t number : m_registry.numbers()) m_known.insert(number);
        }
        changed.insert(m_known.begin(), m_known.end());
    }
    const bool open = (watch[1].revents & (POLLERR | POLLHUP | POLLNVAL)) == 0;
    return {{changed.begin(), changed.end()}, open};
}

} // namespace outlast::job
