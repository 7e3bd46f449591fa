// The scribe's loop.
#include "scribe/scribe.hpp"

#include "scribe/pump.hpp"
#include "scribe/sampler.hpp"
#include "sys/pidfd.hpp"
#include "sys/signals.hpp"
#include "twin/resident.hpp"

#include <cstdint>
#include <optional>
#include <sys/epoll.h>
#include <unistd.h>

namespace outlast::scribe {
namespace {

using twin::SharedState;

constexpr int log_timer = 1;
constexpr int error_log_timer = 2;

class Scribe {
public:
    Scribe(twin::Twins& twins, sys::EventLoop loop, log::LiveMap live, sys::UniqueFd signals)
        : m_twins(twins), m_state(twins.state()), m_loop(std::move(loop)), m_live(std::move(live)),
          m_signals(std::move(signals)), m_timeline(m_state.fds.timeline, m_state.started),
          m_bound(m_state.fds.log, m_live.block(), m_state.log_max) {}

    [[nodiscard]] int run();

private:
    [[nodiscard]] bool pumps() const noexcept { return m_state.fds.pipe_read >= 0; }
    void set_up_samplers();
    [[nodiscard]] Result<> set_up_watches();
    void on_output();
    void on_signal();
    void on_child_ended();
    void declare_drained();
    void wake_keeper() const;

    twin::Twins& m_twins;
    SharedState& m_state;
    sys::EventLoop m_loop;
    log::LiveMap m_live;
    sys::UniqueFd m_signals;
    log::TimelineWriter m_timeline;
    log::LogBound m_bound;
    std::optional<Pump> m_pump;
    std::optional<Sampler> m_sampler;
    std::optional<log::LiveMap> m_error_live;
    std::optional<Sampler> m_error_sampler;
};

void Scribe::set_up_samplers() {
    // The file of an adopted process lies in another folder, about which nothing is told here.
    const int folder = m_state.output_path.view().empty() ? m_state.fds.job_folder : -1;
    m_sampler.emplace(
        m_loop, log_timer,
        SampledLog{folder, m_state.fds.log, m_live.block(), &m_timeline, m_state.log_max});
    m_sampler->start();
    if (m_state.fds.error_log < 0) return;
    auto live = log::LiveMap::map(m_state.fds.error_live, log::LiveMap::Access::write);
    if (!live) return;
    m_error_live.emplace(std::move(*live));
    m_error_sampler.emplace(
        m_loop, error_log_timer,
        SampledLog{folder, m_state.fds.error_log, m_error_live->block(), nullptr, m_state.log_max});
    m_error_sampler->start();
}

Result<> Scribe::set_up_watches() {
    if (auto done = m_twins.watch(m_loop); !done) return done;
    const auto on_child = [this](std::uint32_t) { on_child_ended(); };
    // Edge-triggered: a zombie stays readable.
    if (auto done = m_loop.watch(m_state.fds.child, EPOLLIN | EPOLLET, on_child); !done)
        return done;
    if (auto done = m_loop.watch(m_signals.get(), EPOLLIN, [this](std::uint32_t) { on_signal(); });
        !done)
        return done;
    if (!pumps()) return {};
    const int source = m_state.fds.master >= 0 ? m_state.fds.master : m_state.fds.pipe_read;
    return m_loop.watch(source, EPOLLIN, [this](std::uint32_t) { on_output(); });
}

int Scribe::run() {
    if (m_twins.image() != twin::Image::refreshed) m_live.block().scribe_starts.fetch_add(1);
    if (pumps()) m_pump.emplace(m_state, m_live.block(), m_timeline, m_bound);
    else set_up_samplers();
    if (!set_up_watches()) return 1;
    m_twins.ready();
    if (pumps()) on_output(); // first of all what a predecessor left in the pipe
    m_loop.run();
    return 0;
}

void Scribe::on_output() {
    const std::uint64_t before = m_pump->log_end();
    const Pump::Outcome outcome = m_pump->run();
    const bool is_news = m_pump->log_end() != before && m_state.output_wanted.load() != 0;
    if (is_news && m_state.output_wanted.exchange(0) != 0) wake_keeper();
    if (outcome != Pump::Outcome::terminal_ended) return;
    // A hung-up terminal is readable for ever.
    if (m_state.fds.master >= 0) m_loop.forget(m_state.fds.master);
    m_state.terminal_ended.store(1);
    m_live.block().terminal_ended.store(1);
    wake_keeper();
}

void Scribe::on_signal() {
    while (const auto signal = sys::take_signal(m_signals.get())) {
        if (*signal == SIGIO && m_sampler) {
            m_sampler->on_notification();
            if (m_error_sampler) m_error_sampler->on_notification();
        }
        if (*signal == SIGUSR1) m_loop.stop(); // another one is about to take our place
        if (*signal == SIGUSR2) {
            if (const auto program = m_twins.open_others_program())
                (void)m_twins.exec_program(program->get());
        }
    }
}

void Scribe::on_child_ended() {
    if (!m_pump) {
        m_sampler->finish();
        if (m_error_sampler) m_error_sampler->finish();
    } else {
        // An empty answer from the master proves that all is read: the kernel flushes before it
        // says EAGAIN.
        Pump::Outcome outcome = Pump::Outcome::more;
        while (outcome == Pump::Outcome::more) outcome = m_pump->run();
        if (outcome == Pump::Outcome::terminal_ended) on_output();
    }
    declare_drained();
}

void Scribe::declare_drained() {
    log::LiveBlock& live = m_live.block();
    live.drained_end.store(m_pump ? m_pump->log_end() : live.log_end.load());
    live.drained_run.store(m_state.run);
    m_state.drained.store(1);
    wake_keeper();
}

void Scribe::wake_keeper() const {
    const std::uint64_t one = 1;
    (void)!::write(m_state.fds.wake_keeper, &one, sizeof one);
}

} // namespace

int run(twin::Twins& twins) {
    twin::settle();
    auto loop = sys::EventLoop::create();
    auto live = twin::open_live(twins.state());
    auto signals = sys::open_signal_fd({SIGIO, SIGUSR1, SIGUSR2});
    if (!loop || !live || !signals) return 1;
    Scribe scribe(twins, std::move(*loop), std::move(*live), std::move(*signals));
    return scribe.run();
}

} // namespace outlast::scribe
