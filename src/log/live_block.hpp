// The `live` file: a small memory-mapped block of counters that change often.
#pragma once

#include "base/result.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <sys/types.h>
#include <vector>

namespace outlast::log {

/// A range of the log whose bytes are not there: [from, to).
struct Gap {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    bool operator==(const Gap&) const = default;
};

/// The layout on disk, version 1, little-endian, one page. Fields are only ever added at the end;
/// readers take what they know. Written by scribe and keeper, read by everybody. Each field by
/// itself is written atomically; the gaps are guarded by `gap_generation`, odd while they change.
struct LiveBlock {
    static constexpr std::size_t max_gaps = 64;
    static constexpr std::size_t max_clients = 32;

    struct ClientInput {
        std::atomic<std::uint64_t> client;
        std::atomic<std::uint64_t> sequence; ///< the last one that was taken
    };
    struct SharedGap {
        std::atomic<std::uint64_t> from;
        std::atomic<std::uint64_t> to;
    };

    std::array<char, 8> magic;                ///< "OUTLIVE1"
    std::uint32_t version;                    ///< 1
    std::uint32_t size;                       ///< sizeof(LiveBlock) of the writer
    std::atomic<std::uint64_t> log_end;       ///< a hint; the file's size is the truth
    std::atomic<std::int64_t> last_output;    ///< ns since 1970; 0: nothing yet
    std::atomic<std::uint64_t> lost_bytes;    ///< dropped for want of space, not punched history
    std::atomic<std::uint32_t> keeper_starts; ///< 1 when it never had to be started anew
    std::atomic<std::uint32_t> scribe_starts;
    std::atomic<std::uint32_t> drained_run; ///< the run whose output is complete in the log
    std::atomic<std::uint32_t>
        terminal_ended;                     ///< 1: the last descriptor of the terminal was closed
    std::atomic<std::uint64_t> drained_end; ///< where the log ended then
    std::atomic<std::uint32_t> gap_generation;
    std::atomic<std::uint32_t> gap_count;
    std::array<SharedGap, max_gaps> gaps;
    std::array<ClientInput, max_clients> inputs;
    /// What stood in the log when a job that writes it by itself emptied it (O_TRUNC).
    std::atomic<std::uint64_t> emptied_bytes;
};
static_assert(sizeof(LiveBlock) <= 4096);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
constexpr std::size_t live_file_size = 4096;

/// Maps a `live` file. A writer makes it as large as it has to be, with blocks of its own (a
/// store into a hole on a full disk would be a SIGBUS), and puts the header in.
class LiveMap {
public:
    enum class Access { read, write };
    /// `damaged` when it is too short or no live block.
    [[nodiscard]] static Result<LiveMap> map(int fd, Access access);

    /// A block that has been filled already, at a page of some other file; for writing.
    [[nodiscard]] static Result<LiveMap> map_at(int fd, off_t offset);

    LiveMap(LiveMap&& other) noexcept;
    LiveMap& operator=(LiveMap&& other) noexcept;
    LiveMap(const LiveMap&) = delete;
    LiveMap& operator=(const LiveMap&) = delete;
    ~LiveMap();

    [[nodiscard]] LiveBlock& block() const noexcept { return *m_block; }

private:
    explicit LiveMap(LiveBlock* block) noexcept : m_block(block) {}
    LiveBlock* m_block = nullptr;
};

/// The gaps as they are at this moment, in ascending order.
[[nodiscard]] std::vector<Gap> read_gaps(const LiveBlock& block);

/// Adds a gap. It melts into one it touches; when the table is full, the two nearest gaps become
/// one, so that what is said to be missing never is less than what is missing.
void add_gap(LiveBlock& block, Gap gap);

/// For a log that was emptied: what is written from now on is all there.
void clear_gaps(LiveBlock& block);

/// The gap that holds `offset`, if any.
[[nodiscard]] std::optional<Gap> gap_at(const std::vector<Gap>& gaps, std::uint64_t offset);

} // namespace outlast::log
