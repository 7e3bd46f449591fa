// Who plays the job's terminal.
#include "keeper/leadership.hpp"

#include <algorithm>

namespace outlast::keeper {
namespace {

/// Most commands are over by then, or their viewer is there: `run` attaches right after the start,
/// and a viewer whose keeper was replaced connects again.
constexpr Nanoseconds grace = 50 * ns_per_ms;
constexpr Nanoseconds handover_patience = 150 * ns_per_ms;
constexpr Nanoseconds first_restart = ns_per_second;
constexpr Nanoseconds slowest_restart = 60 * ns_per_second;

const Client* find_leader(const Leadership::Clients& clients) {
    const Client* leader = nullptr;
    for (const auto& [fd, client] : clients) {
        const bool later = leader == nullptr || client->turn > leader->turn;
        if (client->viewer && client->turn > 0 && later) leader = client.get();
    }
    return leader;
}

} // namespace

void Leadership::begin(std::uint64_t answered, Nanoseconds now) {
    m_lead.offset = answered;
    m_lead.size = m_session.terminal_size();
    m_start_at = now + grace;
}

void Leadership::prepare_exec() noexcept {
    m_state.answered = m_stand_in_here ? m_live.log_end.load() : m_lead.offset;
}

bool Leadership::terminal_is_live() const noexcept {
    return m_state.has_terminal != 0 && m_state.terminal_ended.load() == 0 &&
           m_state.phase.load() != static_cast<std::uint32_t>(twin::Phase::ended);
}

void Leadership::look_again(Nanoseconds moment) noexcept {
    m_next_look = m_next_look == 0 ? moment : std::min(m_next_look, moment);
}

/// Takes over who leads and what size that gives.
bool Leadership::is_changed_by(const Client* leader, Nanoseconds now) {
    const bool gives_size = leader != nullptr && m_state.pinned_size == 0;
    const wire::WindowSize size = gives_size ? leader->viewer->size : m_session.terminal_size();
    const std::uint64_t client = leader != nullptr ? leader->id : 0;
    if (client == m_lead.client && size == m_lead.size) return false;
    if (client != m_lead.client) {
        m_start_at = std::max(m_start_at, now + grace);
        m_handover_end = client != 0 && m_stand_in_here ? now + handover_patience : 0;
    }
    // What nobody has answered is left to whoever comes, unless it is too much to be shown.
    constexpr std::uint64_t most_unanswered = std::uint64_t{1} << 20;
    const bool is_answered = m_lead.client != 0 || m_stand_in_here;
    const std::uint64_t end = m_live.log_end.load();
    // What a viewer has left unread, because its connection was frozen, is read by the stand-in
    // now: whoever comes back would read its last part only.
    if (m_lead.client != 0 && end - m_lead.offset > most_unanswered) m_is_unread = true;
    if (is_answered || end - m_lead.offset > most_unanswered) m_lead.offset = end;
    m_lead.client = client;
    m_lead.size = size;
    return true;
}

void Leadership::tell(const Clients& clients, Nanoseconds now) {
    const bool handing_over = m_handover_end != 0 && m_stand_in_here && now < m_handover_end;
    if (handing_over) look_again(m_handover_end);
    for (const auto& [fd, client] : clients) {
        const bool knows = client->told_lead == m_generation;
        const bool concerned = client->stand_in || (client->viewer && !handing_over);
        if (knows || !concerned) continue;
        client->told_lead = m_generation;
        (void)client->send(wire::to_frame(m_lead));
    }
}

/// While nobody leads: has the job written anything? If not, the scribe is to say when it does.
void Leadership::look_for_output(Nanoseconds now) {
    if (now < m_start_at) return look_again(m_start_at);
    if (m_live.log_end.load() == m_lead.offset) m_state.output_wanted.store(1);
    // Once more: it may have written before it could see the wish.
    m_wants_stand_in = m_is_unread || m_live.log_end.load() != m_lead.offset;
}

void Leadership::update(const Clients& clients, Nanoseconds now) {
    m_next_look = 0;
    m_wants_stand_in = false;
    if (!terminal_is_live()) return;
    const bool is_changed = is_changed_by(find_leader(clients), now);
    if (is_changed) ++m_generation;
    if (m_lead.client != 0) m_state.output_wanted.store(0);
    else if (!m_stand_in_here) look_for_output(now);
    tell(clients, now);
    // Told first: the program draws for its new size as soon as it has it.
    if (is_changed && m_lead.size != m_session.terminal_size()) m_session.apply_size(m_lead.size);
}

void Leadership::stand_in_came(pid_t pid) noexcept {
    m_stand_in_pid = pid;
    m_stand_in_here = true;
    m_wants_stand_in = m_is_unread = false;
}

void Leadership::stand_in_failed(Nanoseconds now) noexcept {
    m_restart_pause =
        m_restart_pause == 0 ? first_restart : std::min(m_restart_pause * 2, slowest_restart);
    m_start_at = now + m_restart_pause;
    m_wants_stand_in = false;
}

void Leadership::stand_in_left(Nanoseconds now) noexcept {
    m_stand_in_here = false;
    if (const auto answered = m_session.take_answered()) {
        m_restart_pause = 0;
        if (m_lead.client == 0) m_lead.offset = *answered;
        return;
    }
    stand_in_failed(now);
    if (m_lead.client == 0) m_lead.offset = m_live.log_end.load();
}

} // namespace outlast::keeper
