// Prints a log's bytes: as they are, as text for people, or as JSON lines.
#pragma once

#include "attach/line_cutter.hpp"
#include "attach/line_pattern.hpp"
#include "attach/log_text.hpp"
#include "cli/live_lines.hpp"
#include "cli/output.hpp"
#include "log/live_block.hpp"
#include "log/timeline_cursor.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outlast::cli {

/// Takes the log in ascending order of offsets. What it holds back is at most one line (64 KiB), or
/// what may still change on the job's screen.
class LogPrinter {
public:
    struct Form {
        bool json = false;  ///< one object a line
        bool times = false; ///< each line with its time in front
        bool live = false;  ///< stdout is a terminal: lines that may still change are drawn anew
        std::uint64_t passed_over = 0; ///< lines (that match) at the beginning that are not shown
    };
    /// With `text` the lines are what the job's terminal has shown; else they are the bytes.
    LogPrinter(Form form, std::optional<attach::LogText> text,
               std::optional<attach::LinePattern> pattern, log::TimelineCursor times,
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
    void draw_open_lines();
    [[nodiscard]] std::string time_prefix(std::uint64_t offset);
    void write(std::string_view text);
    void flush();

    Form m_form;
    std::optional<attach::LinePattern> m_pattern;
    log::TimelineCursor m_times;
    const Output& m_output;
    bool m_passes;
    std::optional<attach::LogText> m_text;
    attach::LineCutter m_cutter; ///< where there is no text
    std::string m_buffer;
    LiveLines m_live_lines;
    std::vector<std::pair<std::uint64_t, std::string>> m_open_times; ///< as they are drawn
    bool m_wanted = true;     ///< the present line matches the pattern
    bool m_line_start = true; ///< nothing stands on the output's present line
    bool m_mid_line = false;  ///< of the job's text a line was given that was not ended
    std::uint64_t m_shown = 0;
    std::uint64_t m_found = 0;        ///< lines that match, those passed over included
    Nanoseconds m_prefix_second = -1; ///< the second that m_prefix shows
    std::string m_prefix;
};

} // namespace outlast::cli
