// Leads the stable paths in the job's environment to what the newest viewer has.
#include "keeper/viewer_links.hpp"

#include "sys/file.hpp"
#include "sys/unix_socket.hpp"

#include <cerrno>
#include <tuple>
#include <unistd.h>

namespace outlast::keeper {
namespace {

using Clients = std::map<int, std::unique_ptr<Client>>;
using twin::KnownLink;

/// Whether `one` came later than `other`. The keeper's own count of connections is no measure:
/// after an upgrade all of them come anew, in any order.
bool came_later(const Client& one, const Client& other) {
    return std::tuple(one.offer->since, one.arrival) >
           std::tuple(other.offer->since, other.arrival);
}

} // namespace

ViewerLinks::Leader ViewerLinks::find_leader(const Clients& clients, std::string_view variable) {
    Leader leader;
    const Client* best = nullptr;
    for (const auto& [fd, client] : clients) {
        if (!client->offer || (best != nullptr && !came_later(*client, *best))) continue;
        for (const wire::Variable& each : client->offer->variables) {
            if (each.name != variable || !each.value.starts_with('/')) continue;
            best = client.get();
            leader = {client->arrival, &each};
        }
    }
    return leader;
}

void ViewerLinks::note_newest(const Clients& clients) {
    const Client* best = nullptr;
    for (const auto& [fd, client] : clients) {
        if (client->offer && (best == nullptr || came_later(*client, *best))) best = client.get();
    }
    const std::uint64_t arrival = best != nullptr ? best->arrival : 0;
    if (arrival == m_newest_arrival) return;
    m_newest_arrival = arrival;
    m_newest = best != nullptr ? *best->offer : wire::Offer();
    if (best != nullptr) m_newest.pid = best->pid();
}

void ViewerLinks::follow(const Clients& clients) {
    note_newest(clients);
    for (const KnownLink& link : twin::known_links) {
        if (!twin::has_link(m_state, link.link)) continue;
        const Leader leader = find_leader(clients, link.variable);
        std::uint64_t& known = m_leaders[static_cast<std::size_t>(link.link)];
        if (leader.arrival == known) continue;
        known = leader.arrival;
        lead(link, leader);
    }
}

void ViewerLinks::settle(const Clients& clients) {
    const std::string place = twin::path_beside_socket(m_state, twin::waiting_ending);
    const bool lost = m_state.agent_waiting <= 0 || !sys::exists(place);
    if (m_state.holds_agent != 0 && lost) (void)open_waiting_place(m_state);
    for (const KnownLink& link : twin::known_links) {
        if (twin::has_link(m_state, link.link)) lead(link, find_leader(clients, link.variable));
    }
}

/// Errors: a link that cannot be made (no room, the directory is gone) is no reason to trouble a
/// viewer; the next one tries again.
void ViewerLinks::lead(const KnownLink& link, const Leader& leader) {
    auto& rest = m_state.link_rest[static_cast<std::size_t>(link.link)];
    const wire::Variable* variable = leader.variable;
    if (variable != nullptr) {
        const bool fits = variable->value.size() < rest.bytes.size();
        if (variable->lasts && fits) rest.set(variable->value);
        else if (rest.view() == variable->value) rest.set("");
    }
    const std::string target = variable != nullptr ? variable->value : rest_of(link);
    if (target.empty()) twin::take_away_link(m_state, link);
    else (void)twin::lead_link(m_state, link, target);
}

std::string ViewerLinks::rest_of(const KnownLink& link) const {
    std::string rest(m_state.link_rest[static_cast<std::size_t>(link.link)].view());
    const bool waits = link.link == twin::Link::agent && m_state.agent_waiting > 0;
    if (!waits) return rest; // where nobody answers, a connection fails at once
    bool answers = false;
    if (!rest.empty()) {
        const auto look = sys::connect_to(rest);
        answers = look || look.error().is_errno(EAGAIN);
    }
    return answers ? rest : twin::path_beside_socket(m_state, twin::waiting_ending);
}

Result<> open_waiting_place(twin::SharedState& state) {
    // As many programs wait; one more waits in connect(2), or is refused if it does not block.
    constexpr int backlog = 32;
    const std::string path = twin::path_beside_socket(state, twin::waiting_ending);
    auto socket =
        sys::listen_at(state.fds.socket_folder, path.substr(path.rfind('/') + 1), backlog);
    if (!socket) return fail(socket.error());
    if (state.agent_waiting > 0) ::close(state.agent_waiting);
    state.agent_waiting = socket->release();
    return {};
}

} // namespace outlast::keeper
