// A viewer's link to a job.
#include "attach/job_link.hpp"

#include "attach/viewer_offer.hpp"
#include "log/log_file.hpp"
#include "sys/clock.hpp"

#include <algorithm>
#include <limits>

namespace outlast::attach {

Result<> JobLink::open(std::optional<wire::Attach> viewer) {
    m_viewer = std::move(viewer);
    if (m_viewer && !m_viewer->read_only) m_offer = make_offer(m_record);
    return connect();
}

Result<> JobLink::connect() {
    if (m_bridge) m_bridge->watch_also(-1);
    m_connection.reset();
    // A keeper may go right after it has welcomed us: killed again, or upgraded again.
    constexpr int attempts = 100;
    Result<> done;
    for (int i = 0; i < attempts; ++i) {
        auto connection = job::KeeperConnection::connect(m_folder, m_record, m_client);
        if (!connection) {
            const job::Record now = job::read_record(m_folder);
            if (!now.fate) return fail(connection.error());
            note_end_from_disk();
            return {};
        }
        m_connection.emplace(std::move(*connection));
        done = introduce();
        if (done) return done;
    }
    return done;
}

Result<> JobLink::introduce() {
    m_client = m_connection->client();
    note_taken(m_connection->input_taken());
    if (m_viewer) {
        if (auto sent = m_connection->send(wire::to_frame(*m_viewer)); !sent) return sent;
    }
    if (m_offer) {
        const wire::Frame frame = wire::to_frame(wire::FrameType::offer, *m_offer);
        if (auto sent = m_connection->send(frame); !sent) return sent;
    }
    if (m_bridge) m_bridge->watch_also(m_connection->fd());
    if (auto sent = m_connection->send(wire::bare_frame(wire::FrameType::subscribe)); !sent)
        return sent;
    if (!m_untaken.empty()) send_typed(m_untaken, m_taken);
    return {};
}

Result<> JobLink::on_readable() {
    if (m_bridge) m_bridge->serve();
    while (m_connection && !m_end) {
        auto frame = m_connection->receive(0);
        if (!frame && m_dismissed_by) {
            m_connection.reset();
            return {};
        }
        if (!frame) return connect();
        if (!*frame) return {};
        serve(**frame);
    }
    return {};
}

void JobLink::serve(const wire::Frame& frame) {
    switch (frame.type) {
    case wire::FrameType::phase:
        if (const auto phase = wire::parse_phase(frame)) m_phase = phase->phase;
        break;
    case wire::FrameType::input_ack:
        if (const auto taken = wire::parse_input_ack(frame)) note_taken(*taken);
        break;
    case wire::FrameType::signal_keys:
        if (auto keys = wire::parse_signal_keys(frame)) m_signal_keys = std::move(*keys);
        break;
    case wire::FrameType::agent_socket: serve_waiting_programs(); break;
    case wire::FrameType::error:
        if (const auto reply = wire::parse_error(frame)) m_refusal = reply->text;
        break;
    case wire::FrameType::lead:
        if (const auto lead = wire::parse_lead(frame)) m_lead = *lead;
        break;
    case wire::FrameType::dismissed: {
        wire::PayloadReader reader(frame.payload);
        m_dismissed_by = reader.text();
        break;
    }
    case wire::FrameType::ended: {
        const auto ended = wire::parse_ended(frame);
        if (!ended) break;
        note_end_from_disk();
        m_end->log_end = ended->log_end;
        // A full disk may have kept the record from being written: the keeper's word counts.
        if (m_end->fate.kind != job::Fate::Kind::unknown || ended->kind > 1) break;
        m_end->fate.kind = ended->kind == 0 ? job::Fate::Kind::exited : job::Fate::Kind::signaled;
        (ended->kind == 0 ? m_end->fate.code : m_end->fate.signal) = ended->value;
        break;
    }
    default: break;
    }
}

void JobLink::await_lead() {
    // The keeper itself waits for the stand-in no longer than half of this.
    constexpr Nanoseconds patience = 300 * ns_per_ms;
    const bool tells = m_viewer && m_connection &&
                       m_connection->keeper_knows(wire::capability_lead) && m_record.terminal;
    const Nanoseconds deadline = sys::boottime_now() + patience;
    while (tells && !m_lead && !m_end && m_connection) {
        const Nanoseconds left = deadline - sys::boottime_now();
        if (left <= 0) return;
        auto frame = m_connection->receive(left);
        if (!frame || !*frame) return; // served, or told of, later
        serve(**frame);
    }
}

bool JobLink::leads() const noexcept {
    if (!m_lead) return m_viewer && !m_viewer->read_only;
    return m_lead->client == m_client;
}

void JobLink::serve_waiting_programs() {
    sys::UniqueFd waiting = m_connection->take_descriptor();
    if (!waiting || !m_offer) return;
    for (const wire::Variable& variable : m_offer->variables) {
        if (variable.name != "SSH_AUTH_SOCK") continue;
        if (!m_bridge) {
            auto bridge = AgentBridge::open(variable.value);
            if (!bridge) return;
            m_bridge = std::move(*bridge);
            m_bridge->watch_also(m_connection->fd());
        }
        m_bridge->accept_from(std::move(waiting));
        return;
    }
}

void JobLink::note_end_from_disk() {
    m_record = job::read_record(m_folder);
    RunEnd end;
    if (m_record.fate) end.fate = *m_record.fate;
    // A log in memory has no size here: all there is.
    const auto log = log::LogFile::open(m_folder.fd.get());
    end.log_end = log ? log->size() : std::numeric_limits<std::uint64_t>::max();
    m_end = std::move(end);
}

void JobLink::note_taken(std::uint64_t sequence) {
    if (sequence <= m_taken) return;
    m_untaken.erase(0, std::min<std::uint64_t>(sequence - m_taken, m_untaken.size()));
    m_taken = sequence;
}

void JobLink::send_typed(std::string_view bytes, std::uint64_t sequence) {
    constexpr std::size_t most = 16384;
    while (m_connection && !bytes.empty()) {
        const std::string_view part = bytes.substr(0, most);
        if (!m_connection->send(wire::to_frame(wire::Input{sequence, std::string(part)}))) return;
        sequence += part.size();
        bytes.remove_prefix(part.size());
    }
}

void JobLink::type(std::string_view bytes) {
    const std::uint64_t sequence = m_taken + m_untaken.size();
    m_untaken += bytes;
    send_typed(bytes, sequence);
}

void JobLink::resize(const wire::WindowSize& size) {
    if (m_viewer) m_viewer->size = size;
    post(wire::to_frame(size));
}

void JobLink::ask_signal_keys() {
    m_signal_keys.reset();
    post(wire::bare_frame(wire::FrameType::get_signal_keys));
}

void JobLink::post(const wire::Frame& frame) {
    if (m_connection) (void)m_connection->send(frame);
}

} // namespace outlast::attach
