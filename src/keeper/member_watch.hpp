// Tells how the processes of an adopted job end that are not its command.
#pragma once

#include "sys/event_loop.hpp"
#include "twin/shared_state.hpp"

#include <functional>

namespace outlast::keeper {

/// Each end becomes an event, "process-ended", with its status where one can be known: the other
/// parts of a pipeline. The job's own fate is its command's.
class MemberWatch {
public:
    /// `on_end` is called when one has ended.
    MemberWatch(twin::SharedState& state, std::function<void()> on_end)
        : m_state(state), m_on_end(std::move(on_end)) {}
    /// Best effort: one that cannot be watched is not told of.
    void begin(sys::EventLoop& loop);
    /// Whether the end of every watched one has been told.
    [[nodiscard]] bool is_done() const;

private:
    void look(sys::EventLoop& loop, std::size_t index, std::uint32_t events);
    void tell(std::size_t index);

    twin::SharedState& m_state;
    std::function<void()> m_on_end;
};

} // namespace outlast::keeper
