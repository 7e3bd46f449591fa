// Prints a log's bytes: as they are, as text for people, or as JSON lines.
#pragma once

#include "attach/line_cutter.hpp"
#include "attach/line_pattern.hpp"
#include "cli/output.hpp"
#include "log/live_block.hpp"
#include "log/timeline_cursor.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outlast::cli {

/// Takes the log in ascending order of offsets. What it holds back is at most one line (64 KiB).
class LogPrinter {
public:
    struct Form {
        bool json = false;  ///< one object a line
        bool plain = false; ///< control sequences removed
        bool times = false; ///< each line with its time in front
        bool live = false;  ///< stdout is a terminal: an incomplete line is shown as it grows
    };
    LogPrinter(Form form, std::optional<attach::LinePattern> pattern, log::TimelineCursor times,
               const Output& output);

    void take(std::uint64_t offset, std::string_view bytes);
    /// A line of its own: what is missing is never silent.
    void gap(const log::Gap& gap);
    /// All that there is now was given: shows it.
    void pause();
    /// Nothing follows.
    void finish();

    /// The bytes go out unchanged, so that others than `take` may copy them.
    [[nodiscard]] bool passes_bytes() const noexcept { return m_passes; }
    /// The kernel copied bytes; `last` is the last of them.
    void note_copied(char last) noexcept { m_line_start = last == '\n'; }
    [[nodiscard]] bool at_line_start() const noexcept { return m_line_start; }
    [[nodiscard]] std::uint64_t lines_shown() const noexcept { return m_shown; }

private:
    void end_line();
    void put(const attach::LinePiece& piece);
    void put_json(const attach::LinePiece& piece);
    void put_text(const attach::LinePiece& piece);
    void show_growing_line();
    [[nodiscard]] std::string time_prefix(std::uint64_t offset);
    [[nodiscard]] std::string text_of(const attach::LinePiece& piece) const;
    void write(std::string_view text);
    void flush();

    Form m_form;
    std::optional<attach::LinePattern> m_pattern;
    log::TimelineCursor m_times;
    const Output& m_output;
    bool m_passes;
    attach::LineCutter m_cutter;
    std::string m_buffer;
    std::string m_growing;    ///< the incomplete line as it stands on the terminal
    bool m_wanted = true;     ///< the present line matches the pattern
    bool m_line_start = true; ///< nothing stands on the output's present line
    std::uint64_t m_shown = 0;
    Nanoseconds m_prefix_second = -1; ///< the second that m_prefix shows
    std::string m_prefix;
};

} // namespace outlast::cli
