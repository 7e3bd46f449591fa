// Reads events.jsonl of one job or of many, merged by time.
#pragma once

#include "base/duration.hpp"
#include "job/registry.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <queue>
#include <string>
#include <vector>

namespace outlast::job {

// NOLINTNEXTLINE(bugprone-exception-escape): nlohmann's move checks an invariant that may throw
struct Event {
    std::uint64_t job = 0;
    Nanoseconds time = 0;
    std::uint32_t run = 0;
    std::string kind;       ///< "started", "ended", "attached" …
    nlohmann::json members; ///< the whole object
};

/// The events of one job, from the file's beginning on. Keeps no descriptor, only a small buffer,
/// so that thousands can be read at once. Lines that are no event are counted and skipped.
class EventFile {
public:
    EventFile(int jobs_directory, std::uint64_t number)
        : m_jobs(jobs_directory), m_number(number) {}

    /// The next event; nothing when there is none now. A line without its line feed is left until
    /// it is complete.
    [[nodiscard]] std::optional<Event> next();
    [[nodiscard]] std::uint64_t number() const noexcept { return m_number; }
    /// Damaged lines met since it was asked last.
    [[nodiscard]] std::uint64_t take_damaged() noexcept { return std::exchange(m_damaged, 0); }

private:
    [[nodiscard]] bool fill();
    [[nodiscard]] std::optional<std::string> next_line();

    int m_jobs;
    std::uint64_t m_number;
    std::uint64_t m_offset = 0; ///< in the file, of what comes after m_buffer
    std::string m_buffer;
    bool m_skipping = false; ///< inside a line that is too long to be one of ours
    std::uint64_t m_damaged = 0;
};

/// Events of several jobs in the order of their times; those of one job stay in their own order.
class EventMerge {
public:
    explicit EventMerge(int jobs_directory) : m_jobs(jobs_directory) {}

    /// Takes a job in; one that is known already is left alone.
    void add(std::uint64_t number);
    [[nodiscard]] bool knows(std::uint64_t number) const { return m_files.contains(number); }
    /// The job may have new events.
    void look_again(std::uint64_t number);
    /// The earliest event not given yet.
    [[nodiscard]] std::optional<Event> next();
    /// Damaged lines met since it was asked last, by job.
    [[nodiscard]] std::map<std::uint64_t, std::uint64_t> take_damaged();

private:
    struct Later {
        bool operator()(const Event& a, const Event& b) const noexcept {
            return a.time != b.time ? a.time > b.time : a.job > b.job;
        }
    };
    struct Source {
        EventFile file;
        bool queued = false; ///< one of its events is in m_heads
    };
    void advance(Source& source);

    int m_jobs;
    std::map<std::uint64_t, Source> m_files;
    std::priority_queue<Event, std::vector<Event>, Later> m_heads;
    std::map<std::uint64_t, std::uint64_t> m_damaged;
};

/// "started, pid 4312", "ended: failed (3)": the event in words, safe to print.
[[nodiscard]] std::string describe_event(const Event& event);
/// The event as a JSON object on one line, with `name` as the job's name.
[[nodiscard]] std::string event_json(const Event& event, const std::string& name);

} // namespace outlast::job
