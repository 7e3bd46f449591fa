// A small epoll loop: one thread, handlers that never block, timers after I/O.
#pragma once

#include "base/duration.hpp"
#include "base/result.hpp"
#include "sys/unique_fd.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <sys/epoll.h>

namespace outlast::sys {

/// Watches descriptors (level-triggered) and moments on CLOCK_BOOTTIME. Descriptors added with
/// `Order::first` are served before the others of the same round: ends of children before I/O.
/// A handler may add, change and remove watches, its own too.
class EventLoop {
public:
    using Handler = std::function<void(std::uint32_t events)>;
    enum class Order { first, normal };

    [[nodiscard]] static Result<EventLoop> create();

    /// Watches `fd` for `events` (EPOLLIN, EPOLLOUT, EPOLLET …). Not the owner of `fd`.
    [[nodiscard]] Result<> watch(int fd, std::uint32_t events, Handler handler,
                                 Order order = Order::normal);
    void change(int fd, std::uint32_t events);
    /// To be called before the descriptor is closed.
    void forget(int fd);

    /// Calls `handler` once at `moment` (CLOCK_BOOTTIME). A timer of the same id is replaced.
    void set_timer(int id, Nanoseconds moment, std::function<void()> handler);
    void clear_timer(int id);

    /// Runs until `stop` is called.
    void run();
    void stop() noexcept { m_running = false; }

    /// For another loop that this one is part of: readable when a watched descriptor is ready.
    [[nodiscard]] int fd() const noexcept { return m_epoll.get(); }
    /// Serves what is ready, without waiting. Timers are not looked at.
    void serve_ready();

private:
    struct Watch {
        Handler handler;
        Order order = Order::normal;
        std::uint64_t generation = 0;
    };
    struct Timer {
        Nanoseconds moment = 0;
        std::function<void()> handler;
    };
    static constexpr int batch = 32;

    explicit EventLoop(UniqueFd epoll) : m_epoll(std::move(epoll)) {}
    [[nodiscard]] int timeout_ms() const;
    void serve(const std::array<epoll_event, batch>& events, int count, Order order);
    void fire_timers();

    UniqueFd m_epoll;
    std::map<int, Watch> m_watches;
    std::map<int, Timer> m_timers;
    std::uint64_t m_generation = 0;
    bool m_running = true;
};

} // namespace outlast::sys
