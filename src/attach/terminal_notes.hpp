// Notes what a job's program tells its terminal as events: titles, directories, bells and so on.
#pragma once

#include "base/duration.hpp"
#include "sys/unique_fd.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outlast::attach {

/// Appends to a job's events.jsonl:
///
/// | event | members | from |
/// |---|---|---|
/// | title | title | OSC 0 and 2 |
/// | directory | directory | OSC 7 |
/// | bell | times | BEL |
/// | notification | title, body | OSC 9, 777 |
/// | command-ended | code (when it is told) | OSC 133;D |
///
/// A kind is written once a second at most, with its newest value: what a program repeats without
/// end takes no more room than that. Text is what the program sent, and cut to 1 KiB.
class TerminalNotes {
public:
    /// `events` is open with O_APPEND; without it (-1) nothing is noted.
    TerminalNotes(sys::UniqueFd events, std::uint32_t run)
        : m_events(std::move(events)), m_run(run) {}

    void title(std::string_view title, Nanoseconds now);
    void directory(std::string_view path, Nanoseconds now);
    void bell(Nanoseconds now);
    void notification(std::string_view title, std::string_view body, Nanoseconds now);
    /// `exit_code` -1: not told.
    void command_ended(int exit_code, Nanoseconds now);

    /// Writes what has waited for its second.
    void flush(Nanoseconds now);
    /// Writes all that waits.
    void finish();
    /// When `flush` has something to do; CLOCK_BOOTTIME like every `now` here.
    [[nodiscard]] std::optional<Nanoseconds> due() const;

private:
    enum Kind : std::size_t { title_kind, directory_kind, bell_kind, notice_kind, command_kind };
    static constexpr std::size_t kinds = 5;
    struct Note {
        std::string members; ///< as JSON, without braces; empty: nothing waits
        Nanoseconds next = 0;
    };

    void put(Kind kind, std::string members, Nanoseconds now);
    void write(Kind kind);

    sys::UniqueFd m_events;
    std::uint32_t m_run;
    std::array<Note, kinds> m_notes;
    std::string m_last_title;
    std::string m_last_directory;
    std::uint64_t m_bells = 0; ///< not written yet
};

} // namespace outlast::attach
