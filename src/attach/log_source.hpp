// The log as a viewer reads it: from an offset on, gaps spelled out, and a way to wait for more.
#pragma once

#include "attach/viewer.hpp"
#include "log/log_file.hpp"
#include "log/tail_mark.hpp"

#include <optional>
#include <string>

namespace outlast::attach {

class LogSource {
public:
    [[nodiscard]] static outlast::Result<LogSource> open(const job::JobFolder& folder,
                                                         const ViewerOptions& options);
    /// The log of the error output; nothing when it is not kept apart.
    [[nodiscard]] static outlast::Result<std::optional<LogSource>>
    open_errors(const job::JobFolder& folder, std::uint64_t from);

    /// The next piece, at most `most` bytes and not beyond `end`; empty when there is none now. A
    /// gap comes as one line of text.
    [[nodiscard]] outlast::Result<std::string> next(std::size_t most, std::uint64_t end);
    /// How far the log goes beyond what `next` has given.
    [[nodiscard]] std::uint64_t behind() const;
    [[nodiscard]] std::uint64_t offset() const noexcept { return m_offset; }
    void jump(std::uint64_t offset) noexcept {
        m_offset = offset;
        m_mark = {};
    }
    [[nodiscard]] const log::GrowthWatch& watch() const noexcept { return m_watch; }
    [[nodiscard]] const log::LogFile& file() const noexcept { return m_file; }

private:
    LogSource(log::LogFile file, std::uint64_t offset)
        : m_file(std::move(file)), m_watch(m_file.fd()), m_offset(offset) {}

    log::LogFile m_file;
    log::GrowthWatch m_watch;
    std::uint64_t m_offset;
    log::TailMark m_mark; ///< of what was read last
    bool m_waits = false; ///< all was read
};

/// "[outlast: 12.3 MB of output are not kept here]".
[[nodiscard]] std::string gap_text(const log::Gap& gap);
/// The same as a line of its own on a raw terminal.
[[nodiscard]] std::string gap_line(const log::Gap& gap);

} // namespace outlast::attach
