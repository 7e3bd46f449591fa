// Leads the stable paths in the job's environment to what the newest viewer has.
#pragma once

#include "keeper/client.hpp"
#include "twin/environment_links.hpp"

#include <cstdint>
#include <map>
#include <memory>

namespace outlast::keeper {

/// Where a link leads, by who is attached:
///
///   - viewers that have the variable: to the newest one's socket;
///   - none of them: to its resting place. That is what the caller of `run` had, until a viewer
///     brings something better: a socket that outlives the viewer's connection (a desktop's own
///     agent). What would go with the connection (a forwarded agent) is no resting place: a
///     connection may be dead long before the server notices, and a program would hang on it;
///   - no resting place: nowhere. A connection fails at once with ENOENT; or, for the agent of a
///     job that holds (`run --hold-agent`), to a socket that listens and that nobody serves until
///     a viewer comes and accepts what has gathered there (the kernel keeps the queue). Of such a
///     job a resting place where nobody answers is none.
///
/// The state of the links is in the file system and in the shared state: a keeper that is started
/// anew knows no viewer until each has connected again, and leaves the links alone until then.
class ViewerLinks {
public:
    explicit ViewerLinks(twin::SharedState& state) : m_state(state) {}

    /// Looks who is there. Cheap when nothing has changed.
    void follow(const std::map<int, std::unique_ptr<Client>>& clients);
    /// Nobody was there yet when this keeper started, and who was there before has had the time to
    /// come back: the links are led to where they belong.
    void settle(const std::map<int, std::unique_ptr<Client>>& clients);

    /// What the newest viewer has brought; pid 0: nobody is there.
    [[nodiscard]] wire::Offer newest() const { return m_newest; }

private:
    struct Leader {
        std::uint64_t arrival = 0; ///< of the client; 0: none
        const wire::Variable* variable = nullptr;
    };
    [[nodiscard]] static Leader find_leader(const std::map<int, std::unique_ptr<Client>>& clients,
                                            std::string_view variable);
    void note_newest(const std::map<int, std::unique_ptr<Client>>& clients);
    void lead(const twin::KnownLink& link, const Leader& leader);
    [[nodiscard]] std::string rest_of(const twin::KnownLink& link) const;

    twin::SharedState& m_state;
    std::array<std::uint64_t, twin::known_links.size()> m_leaders{}; ///< arrivals
    wire::Offer m_newest;
    std::uint64_t m_newest_arrival = 0;
};

/// Listens where connections to the agent wait; replaces the socket there.
[[nodiscard]] Result<> open_waiting_place(twin::SharedState& state);

} // namespace outlast::keeper
