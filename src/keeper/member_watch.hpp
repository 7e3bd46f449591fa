// Tells how the processes of an adopted job end that are not its command.
#pragma once

#include "sys/event_loop.hpp"
#include "twin/shared_state.hpp"

namespace outlast::keeper {

/// Each end becomes an event, "process-ended", with its status where one can be known: the other
/// parts of a pipeline. The job's own fate is its command's.
class MemberWatch {
public:
    explicit MemberWatch(twin::SharedState& state) : m_state(state) {}
    /// Best effort: one that cannot be watched is not told of.
    void begin(sys::EventLoop& loop);

private:
    void look(sys::EventLoop& loop, std::size_t index, std::uint32_t events);
    void tell(std::size_t index);

    twin::SharedState& m_state;
};

} // namespace outlast::keeper
