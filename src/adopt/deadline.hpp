// A moment until which to wait.
#pragma once

#include "base/duration.hpp"
#include "sys/clock.hpp"

namespace outlast::adopt {

class Deadline {
public:
    explicit Deadline(Nanoseconds span) noexcept : m_end(sys::boottime_now() + span) {}
    /// Never below 0.
    [[nodiscard]] Nanoseconds left() const noexcept {
        const Nanoseconds span = m_end - sys::boottime_now();
        return span > 0 ? span : 0;
    }

private:
    Nanoseconds m_end;
};

} // namespace outlast::adopt
