// Reads a log by absolute offset, knowing its gaps; waits for it to grow.
#pragma once

#include "log/live_block.hpp"
#include "sys/unique_fd.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace outlast::log {

/// Opens a log for reading. It may be a symbolic link: to the file of an adopted process, which is
/// nobody's to change. That is followed where the folder is our own, and only to a regular file.
[[nodiscard]] Result<sys::UniqueFd> open_log(int folder, const std::string& name);

/// A job's log for reading. Everything is found at read time: nothing has to be right but the file
/// and the gaps.
class LogFile {
public:
    /// Of the folder `folder`: `name` and its live block ("log" with "live", "log.stderr" with
    /// "live.stderr").
    [[nodiscard]] static Result<LogFile> open(int folder, const std::string& name = "log",
                                              const std::string& live = "live");
    /// A log whose gaps nobody knows.
    explicit LogFile(sys::UniqueFd fd) : m_fd(std::move(fd)) {}
    /// A log that lives in memory, from its keeper; `folder` has the live block with its gaps.
    [[nodiscard]] static LogFile in_memory(sys::UniqueFd fd, int folder);

    /// Where the log ends now.
    [[nodiscard]] std::uint64_t size() const;

    struct Chunk {
        std::string bytes;      ///< from the asked offset on; empty at the end and in a gap
        std::optional<Gap> gap; ///< the gap that holds the asked offset
    };
    /// At most `most` bytes from `offset`, up to the next gap.
    [[nodiscard]] Result<Chunk> read(std::uint64_t offset, std::size_t most) const;

    /// The offset where the last `lines` lines before `end` begin; a last line without line feed
    /// counts. Reads backwards, so it takes the same time for a log of any size. Stops at `from`.
    [[nodiscard]] Result<std::uint64_t> last_lines(std::uint64_t lines, std::uint64_t from,
                                                   std::uint64_t end) const;

    [[nodiscard]] int fd() const noexcept { return m_fd.get(); }
    /// Bytes that were dropped because there was no space, in all.
    [[nodiscard]] std::uint64_t lost_bytes() const;
    [[nodiscard]] std::vector<Gap> gaps() const;

private:
    void map_live(int folder, const std::string& live);

    sys::UniqueFd m_fd;
    std::optional<LiveMap> m_live;
};

/// Tells when a file grows: inotify(7) where it works, else (out of instances, a network file
/// system, a log in memory whose writer makes no events) a poll every 250 ms.
class GrowthWatch {
public:
    explicit GrowthWatch(int log_fd);

    /// For poll(2): readable when the file has changed; -1 when there is only the timeout.
    [[nodiscard]] int fd() const noexcept { return m_inotify.get(); }
    /// The longest time to wait in poll(2), in ms; -1 for no limit.
    [[nodiscard]] int timeout_ms() const noexcept { return m_inotify && !m_in_memory ? -1 : 250; }
    void drain() const noexcept;

private:
    sys::UniqueFd m_inotify;
    bool m_in_memory = false;
};

} // namespace outlast::log
