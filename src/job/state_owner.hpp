// The caller's side of a shared state: its own descriptors, closed once the keeper has them.
#pragma once

#include "twin/shared_state.hpp"

#include <array>

namespace outlast::job {

/// The block is shared with the keeper, which soon puts descriptor numbers of its own process into
/// it. So the numbers that are ours are remembered before it starts.
class StateOwner {
public:
    /// Takes over the mapping and its descriptor.
    explicit StateOwner(const twin::MappedState& mapped);
    StateOwner(const StateOwner&) = delete;
    StateOwner& operator=(const StateOwner&) = delete;
    StateOwner(StateOwner&&) = delete;
    StateOwner& operator=(StateOwner&&) = delete;
    ~StateOwner();

    /// To be called just before the keeper is started.
    void remember();

private:
    twin::SharedState& m_state;
    std::array<std::int32_t, twin::SharedState::fd_count> m_own{};
    bool m_remembered = false;
};

} // namespace outlast::job
