// A small epoll loop.
#include "sys/event_loop.hpp"

#include "sys/clock.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>

namespace outlast::sys {
namespace {

// A descriptor number may be closed and used again within one round; the generation in the event
// tells an event of the old watch from one of the new.
std::uint64_t pack(int fd, std::uint64_t generation) noexcept {
    return generation << 32 | static_cast<std::uint32_t>(fd);
}

} // namespace

Result<EventLoop> EventLoop::create() {
    UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll) return fail_errno("epoll_create1");
    return EventLoop(std::move(epoll));
}

Result<> EventLoop::watch(int fd, std::uint32_t events, Handler handler, Order order) {
    const std::uint64_t generation = ++m_generation & 0xFFFFFFFF;
    epoll_event event{};
    event.events = events;
    event.data.u64 = pack(fd, generation);
    if (::epoll_ctl(m_epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0) return fail_errno("epoll_ctl");
    m_watches[fd] = Watch{std::move(handler), order, generation};
    return {};
}

void EventLoop::change(int fd, std::uint32_t events) {
    const auto found = m_watches.find(fd);
    if (found == m_watches.end()) return;
    epoll_event event{};
    event.events = events;
    event.data.u64 = pack(fd, found->second.generation);
    ::epoll_ctl(m_epoll.get(), EPOLL_CTL_MOD, fd, &event);
}

void EventLoop::forget(int fd) {
    if (m_watches.erase(fd) > 0) ::epoll_ctl(m_epoll.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void EventLoop::set_timer(int id, Nanoseconds moment, std::function<void()> handler) {
    m_timers[id] = Timer{moment, std::move(handler)};
}

void EventLoop::clear_timer(int id) { m_timers.erase(id); }

int EventLoop::timeout_ms() const {
    if (m_timers.empty()) return -1;
    Nanoseconds next = std::numeric_limits<Nanoseconds>::max();
    for (const auto& [id, timer] : m_timers) next = std::min(next, timer.moment);
    const Nanoseconds left = next - boottime_now();
    if (left <= 0) return 0;
    // Rounded up, so that the loop does not spin through the last millisecond.
    constexpr Nanoseconds most = 3'600'000;
    return static_cast<int>(std::min(most, (left + ns_per_ms - 1) / ns_per_ms));
}

void EventLoop::serve(const std::array<epoll_event, batch>& events, int count, Order order) {
    for (int i = 0; i < count && m_running; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        const int fd = static_cast<int>(event.data.u64 & 0xFFFFFFFF);
        const auto found = m_watches.find(fd);
        if (found == m_watches.end() || found->second.order != order) continue;
        if (pack(fd, found->second.generation) != event.data.u64) continue;
        const Handler handler = found->second.handler; // a copy: the handler may forget itself
        handler(event.events);
    }
}

void EventLoop::fire_timers() {
    const Nanoseconds now = boottime_now();
    for (;;) {
        const auto due = std::find_if(m_timers.begin(), m_timers.end(), [now](const auto& entry) {
            return entry.second.moment <= now;
        });
        if (due == m_timers.end() || !m_running) return;
        const auto handler = std::move(due->second.handler);
        m_timers.erase(due);
        handler();
    }
}

void EventLoop::serve_ready() {
    m_running = true;
    std::array<epoll_event, batch> events{};
    const int count = ::epoll_wait(m_epoll.get(), events.data(), batch, 0);
    serve(events, count, Order::first);
    serve(events, count, Order::normal);
}

void EventLoop::run() {
    m_running = true;
    std::array<epoll_event, batch> events{};
    while (m_running) {
        const int count = ::epoll_wait(m_epoll.get(), events.data(), batch, timeout_ms());
        if (count < 0 && errno != EINTR) return;
        serve(events, count, Order::first);
        serve(events, count, Order::normal);
        fire_timers();
    }
}

} // namespace outlast::sys
