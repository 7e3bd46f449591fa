// A job's terminal as its log tells it.
#pragma once

#include "base/result.hpp"
#include "job/record.hpp"
#include "log/log_file.hpp"
#include "log/timeline.hpp"
#include "terminal/model.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace outlast::attach {

/// Brings a model of the terminal to any place in the log of the present run: from the checkpoint,
/// if there is one in front of it, else from the run's beginning, at the sizes that the timeline
/// tells. At most `Target::most` bytes are read, so that it takes about the same time whatever the
/// log's size; where that is not enough, only the last of them are, and `whole` is false: what was
/// set before is then known from the checkpoint or not at all.
class ScreenReplay {
public:
    static constexpr std::uint64_t most_replayed = std::uint64_t{16} << 20;

    struct Target {
        std::uint64_t offset = 0;
        terminal::Size size; ///< the terminal's where the timeline does not tell
        std::uint64_t most = most_replayed;
    };
    /// Goes there at once.
    [[nodiscard]] static Result<ScreenReplay> open(const job::JobFolder& folder,
                                                   const job::Record& record,
                                                   const log::LogFile& log, const Target& target);

    /// Goes on to a later place.
    [[nodiscard]] Result<> advance(std::uint64_t offset);

    /// Where the checkpoint was that it began at; 0 without one.
    [[nodiscard]] std::uint64_t began_at() const noexcept { return m_began_at; }

    [[nodiscard]] terminal::Model& model() noexcept { return m_model; }
    [[nodiscard]] const terminal::Model& model() const noexcept { return m_model; }
    /// Lines of the history that the model does not count (History::ever), because it began later.
    [[nodiscard]] std::uint64_t lines_before() const noexcept { return m_lines_before; }
    [[nodiscard]] std::uint64_t offset() const noexcept { return m_offset; }
    [[nodiscard]] bool whole() const noexcept { return m_whole; }

private:
    ScreenReplay(const log::LogFile& log, const Target& target)
        : m_log(&log), m_model(target.size), m_most(target.most) {}

    void begin(const job::JobFolder& folder, const job::Record& record, std::uint64_t target);
    void jump(std::uint64_t offset);
    [[nodiscard]] Result<> feed(std::uint64_t end);
    void resize_to_record(const log::TimelineRecord& record);

    const log::LogFile* m_log;
    terminal::Model m_model;
    std::vector<log::TimelineRecord> m_resizes; ///< of this run, those passed taken off the front
    std::size_t m_next_resize = 0;
    std::uint64_t m_offset = 0;
    std::uint64_t m_began_at = 0;
    std::uint64_t m_most;
    std::uint64_t m_lines_before = 0;
    bool m_whole = true;
};

/// A model saved at an offset of the log, so that the log need not be read from its beginning. The
/// file `checkpoint` (docs/on-disk-format.md) holds the bytes that bring a fresh terminal there.
struct Checkpoint {
    std::uint32_t run = 0;
    std::uint64_t offset = 0;
    terminal::Size size;
    std::uint64_t lines = 0; ///< that the history had ever had, from the run's beginning
    std::string bytes;
};
[[nodiscard]] std::optional<Checkpoint> read_checkpoint(const job::JobFolder& folder);
/// Where in a run a model is.
struct Place {
    std::uint32_t run = 0;
    std::uint64_t offset = 0;
    std::uint64_t lines_before = 0; ///< see ScreenReplay::lines_before
};
/// Replaces the file, unless the job's terminal has another size than the model. What fails is
/// left: it is a convenience.
void write_checkpoint(const job::JobFolder& folder, const Place& place,
                      const terminal::Model& model);

} // namespace outlast::attach
