// Tells which jobs have new events, and which jobs are new.
#pragma once

#include "job/registry.hpp"
#include "sys/unique_fd.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <vector>

namespace outlast::job {

/// One inotify(7) instance for all jobs. Where it does not work, or the user's watches are used up,
/// everything is looked at twice a second.
class EventWatch {
public:
    enum class NewJobs { watch, ignore };
    EventWatch(const Registry& registry, NewJobs new_jobs);

    void add(std::uint64_t number);
    /// Waits for something; the jobs to look at again, new ones among them. False in `open` when
    /// nobody reads our stdout any more.
    struct Changes {
        std::vector<std::uint64_t> jobs;
        bool output_open = true;
    };
    [[nodiscard]] Changes wait();

private:
    void read_notifications(std::set<std::uint64_t>& changed);
    void note_new_folder(const std::string& name);
    void retry_pending(std::set<std::uint64_t>& changed);

    const Registry& m_registry;
    NewJobs m_new_jobs;
    sys::UniqueFd m_inotify;
    int m_folder_watch = -1;
    bool m_complete = true; ///< every file could be watched
    std::map<int, std::uint64_t> m_watches;
    std::set<std::uint64_t> m_known;
    std::map<std::uint64_t, int> m_pending; ///< folders without the file so far; looks left
};

} // namespace outlast::job
