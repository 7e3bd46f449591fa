// A job's log as the lines that its terminal has shown.
#pragma once

#include "attach/line_renderer.hpp"
#include "base/result.hpp"
#include "job/record.hpp"
#include "log/log_file.hpp"
#include "log/terminal_changes.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace outlast::attach {

/// Feeds a renderer at the sizes that the timeline tells; each run begins with an empty screen. A
/// job without a terminal is read as a file is, with lines that end with a line feed.
class LogText {
public:
    using Take = LineRenderer::Take;

    /// For reading `log` from `begin` on. `end`: where it ends now.
    [[nodiscard]] static LogText open(const job::JobFolder& folder, LineEnds ends,
                                      const log::LogFile& log, std::uint64_t begin,
                                      std::uint64_t end);

    /// The bytes at `offset`, which follow those of the call before.
    void feed(std::uint64_t offset, std::string_view bytes, const Take& take);
    /// Nothing follows, or a part of the log is missing here.
    void flush(const Take& take) { m_renderer->flush(take); }
    [[nodiscard]] LineRenderer& renderer() noexcept { return *m_renderer; }
    [[nodiscard]] const LineRenderer& renderer() const noexcept { return *m_renderer; }

private:
    LogText(LineEnds ends, log::TerminalChanges changes);
    void change(const log::TimelineRecord& record, const Take& take);

    std::unique_ptr<LineRenderer> m_renderer;
    log::TerminalChanges m_changes;
};

/// Reads [begin, end) of a log whole. Errors: the log cannot be read.
[[nodiscard]] Result<> read_text(const log::LogFile& log, std::uint64_t begin, std::uint64_t end,
                                 LogText& text, const LogText::Take& take);

/// Whether the program was in the alternate screen at `offset`, as far as `log` tells between
/// `from` and `end`.
[[nodiscard]] bool in_alternate_screen(const log::LogFile& log, std::uint64_t from,
                                       std::uint64_t offset, std::uint64_t end);

} // namespace outlast::attach
