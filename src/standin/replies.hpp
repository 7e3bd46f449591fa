// Answers on their way to the program.
#pragma once

#include "base/duration.hpp"
#include "wire/messages.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace outlast::standin {

/// The keeper takes an answer only while somebody seems to wait for one: not while the terminal
/// edits lines and echoes, as a shell script leaves it that asks first and switches echo off next.
/// So what is refused is offered again, for `patience`, and then dropped.
class Replies {
public:
    static constexpr std::size_t most = std::size_t{16} << 10; ///< bytes that wait; more is dropped
    static constexpr Nanoseconds patience = 200 * ns_per_ms;
    static constexpr Nanoseconds pause = 5 * ns_per_ms;

    void add(std::string_view bytes, Nanoseconds now);
    /// The frame to send now, if any; answered by exactly one of the next two.
    [[nodiscard]] std::optional<wire::Frame> next(Nanoseconds now);
    void on_taken();
    void on_refused(Nanoseconds now);
    /// When `next` should be asked again; CLOCK_BOOTTIME.
    [[nodiscard]] std::optional<Nanoseconds> due() const;
    [[nodiscard]] bool is_empty() const noexcept { return m_waiting.empty(); }

private:
    std::string m_waiting;
    std::size_t m_offered = 0; ///< of these, so many are with the keeper
    Nanoseconds m_oldest = 0;
    Nanoseconds m_again = 0;
};

} // namespace outlast::standin
