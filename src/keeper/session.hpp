// What clients can ask of a job, and what of it changes the job.
#pragma once

#include "keeper/client.hpp"
#include "keeper/input_queue.hpp"
#include "keeper/signal_keys.hpp"
#include "keeper/viewer_links.hpp"
#include "twin/twins.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outlast::keeper {

/// Serves one frame at a time. Changes the shared state and the job's processes; the loop around it
/// looks at the shared state afterwards for what to tell whom.
class Session {
public:
    Session(twin::Twins& twins, log::LiveBlock& live)
        : m_twins(twins), m_state(twins.state()), m_input(live), m_live(live), m_links(m_state) {}

    /// `closed` when the client must go (it does not speak the protocol, or does not read its
    /// answers).
    [[nodiscard]] Client::State serve(Client& client, const wire::Frame& frame);

    /// Sends the stop signal to the whole job and sets the time of the SIGKILL. `signal` 0 and
    /// `grace_ms` -1 stand for the spec's. A second request may bring the SIGKILL forward, never
    /// put it off.
    void begin_stop(twin::StopCause cause, int signal, std::int64_t grace_ms, std::string_view by);

    [[nodiscard]] InputQueue& input() noexcept { return m_input; }
    /// To be called when what was typed has gone to the terminal: the kernel has raised its signals
    /// in the terminal's session, and they are due to those of an adopted job that are not in it.
    /// The other way round a shell would see its child end before it is interrupted itself.
    void after_input();
    [[nodiscard]] wire::Frame ended_frame() const;
    void viewer_left(const Client& client);
    /// Kept for `get_viewers`; the stable paths are led to the newest one's.
    void set_viewers(const std::map<int, std::unique_ptr<Client>>& clients);
    [[nodiscard]] ViewerLinks& links() noexcept { return m_links; }

    /// After Ctrl-Z: not 0 while it is open whether the command stops; when to look again.
    [[nodiscard]] Nanoseconds next_look_at_suspension() const noexcept { return m_next_look; }
    void look_at_suspension();

    /// The size of the job's terminal now; all zero without one.
    [[nodiscard]] wire::WindowSize terminal_size() const;
    /// Gives it to the job's terminal, unless the size is pinned.
    void apply_size(const wire::WindowSize& size);
    /// Up to where in the log the stand-in has answered, once, after it has said that it goes.
    [[nodiscard]] std::optional<std::uint64_t> take_answered() noexcept {
        return std::exchange(m_answered, std::nullopt);
    }
    /// Wishes to send viewers away since the last call.
    [[nodiscard]] std::vector<wire::Dismiss> take_dismissals() noexcept {
        return std::exchange(m_dismissals, {});
    }

    /// After an upgrade of the keeper: asks the scribe to follow when it runs another program.
    void bring_scribe_to_this_program() const;

private:
    [[nodiscard]] Client::State greet(Client& client, const wire::Frame& frame);
    [[nodiscard]] Client::State answer(Client& client, const wire::Frame& frame);
    [[nodiscard]] Result<> act(Client& client, const wire::Frame& frame);
    [[nodiscard]] Result<> attach(Client& client, const wire::Frame& frame);
    [[nodiscard]] Result<> take_offer(Client& client, const wire::Frame& frame) const;
    [[nodiscard]] Result<> type(Client& client, const wire::Frame& frame);
    [[nodiscard]] Result<> resize(Client& client, const wire::Frame& frame);
    [[nodiscard]] Result<> end_input();
    [[nodiscard]] Result<> send_signal(const wire::Frame& frame) const;
    [[nodiscard]] Result<> stop(const wire::Frame& frame);
    [[nodiscard]] Result<> pause();
    [[nodiscard]] Result<> resume();
    [[nodiscard]] Result<> rename(const wire::Frame& frame);
    [[nodiscard]] Result<> upgrade(Client& client);
    [[nodiscard]] Result<> reply(const Client& client, const wire::Frame& frame);
    [[nodiscard]] Result<> dismiss(const wire::Frame& frame);
    [[nodiscard]] Result<> note_answered(const Client& client, const wire::Frame& frame);
    [[nodiscard]] Result<> require_running() const;
    [[nodiscard]] Result<> take_controlling_terminal(const wire::Frame& frame);
    void suspend_like_a_shell(std::string_view typed);
    void raise_signals(std::string_view typed);
    void note_suspended();

    twin::Twins& m_twins;
    twin::SharedState& m_state;
    InputQueue m_input;
    SignalKeys m_signal_keys;
    std::string m_typed; ///< since the last `after_input`
    log::LiveBlock& m_live;
    ViewerLinks m_links;
    std::vector<wire::Viewer> m_viewers;
    std::optional<std::uint64_t> m_answered;
    std::vector<wire::Dismiss> m_dismissals;
    std::uint64_t m_turns = 0;
    Nanoseconds m_next_look = 0;
    Nanoseconds m_last_look = 0;
};

} // namespace outlast::keeper
