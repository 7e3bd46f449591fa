// A viewer's link to a job: the control connection, made again when the keeper is.
#pragma once

#include "attach/agent_bridge.hpp"
#include "job/keeper_connection.hpp"

#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace outlast::attach {

/// How a followed run ended, and where its output ends.
struct RunEnd {
    job::Fate fate;
    std::uint64_t log_end = 0;
};

/// Keeps a subscription to a job's keeper through the keeper's own restarts and upgrades. What was
/// typed and not yet taken is sent again; nothing is typed twice (the keeper counts).
class JobLink {
public:
    JobLink(const job::JobFolder& folder, job::Record record)
        : m_folder(folder), m_record(std::move(record)) {}

    /// Connects and subscribes; with `viewer` also attaches, and, unless that is read-only, offers
    /// the job what our environment leads to. A job that has ended meanwhile is no error: `end()`
    /// has its fate then.
    [[nodiscard]] Result<> open(std::optional<wire::Attach> viewer);

    /// For poll(2); -1 once the run has ended.
    [[nodiscard]] int fd() const noexcept {
        if (!m_connection) return -1;
        return m_bridge ? m_bridge->fd() : m_connection->fd();
    }
    /// Serves what arrived. Errors: the keeper is gone and no other could be had.
    [[nodiscard]] Result<> on_readable();

    /// Waits until the keeper has said who plays the job's terminal, for a moment at most; older
    /// keepers do not know. What comes meanwhile is served.
    void await_lead();
    /// Who plays it now, and at what size; nothing: the keeper has not told.
    [[nodiscard]] const std::optional<wire::Lead>& lead() const noexcept { return m_lead; }
    /// Whether this viewer's terminal answers the program. With an older keeper all do that type.
    [[nodiscard]] bool leads() const noexcept;
    /// Who has sent this viewer away; nothing: nobody.
    [[nodiscard]] const std::optional<std::string>& dismissed_by() const noexcept {
        return m_dismissed_by;
    }

    void type(std::string_view bytes);
    void resize(const wire::WindowSize& size);
    /// Asks which keys raise a signal in the job's terminal now. `take_signal_keys` has the answer
    /// once, when it has come; a keeper that is too old to know never gives one.
    void ask_signal_keys();
    [[nodiscard]] std::optional<std::string> take_signal_keys() {
        return std::exchange(m_signal_keys, std::nullopt);
    }
    /// Sends a request frame without waiting for its answer.
    void post(const wire::Frame& frame);

    [[nodiscard]] const std::optional<RunEnd>& end() const noexcept { return m_end; }
    [[nodiscard]] std::uint8_t phase() const noexcept { return m_phase; }
    [[nodiscard]] const job::Record& record() const noexcept { return m_record; }
    /// Bytes typed that the terminal has not taken yet.
    [[nodiscard]] std::size_t untaken() const noexcept { return m_untaken.size(); }
    [[nodiscard]] const std::string& last_refusal() const noexcept { return m_refusal; }
    /// The keeper's connection for further questions (the log in memory); null when the run has
    /// ended.
    [[nodiscard]] job::KeeperConnection* connection() noexcept {
        return m_connection ? &*m_connection : nullptr;
    }

private:
    [[nodiscard]] Result<> connect();
    [[nodiscard]] Result<> introduce();
    void serve(const wire::Frame& frame);
    void serve_waiting_programs();
    void note_end_from_disk();
    void note_taken(std::uint64_t sequence);
    void send_typed(std::string_view bytes, std::uint64_t sequence);

    const job::JobFolder& m_folder;
    job::Record m_record;
    std::optional<wire::Attach> m_viewer;
    std::optional<wire::Offer> m_offer;
    std::optional<job::KeeperConnection> m_connection;
    std::unique_ptr<AgentBridge> m_bridge; ///< when the job's programs wait for our agent
    std::optional<RunEnd> m_end;
    std::uint64_t m_client = 0;
    std::uint64_t m_taken = 0; ///< of all that was typed
    std::string m_untaken;     ///< what comes after that
    std::uint8_t m_phase = 1;
    std::optional<std::string> m_signal_keys;
    std::optional<wire::Lead> m_lead;
    std::optional<std::string> m_dismissed_by;
    std::string m_refusal;
};

} // namespace outlast::attach
