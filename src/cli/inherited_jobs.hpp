// What a shell leaves to the program that takes its place by exec: its background jobs.
#pragma once

#include "sys/children.hpp"
#include "sys/unique_fd.hpp"

#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace outlast::cli {

/// A process group with children of this process in it.
struct InheritedJob {
    pid_t main = 0; ///< the child that was started last: the end of a pipeline, whose status counts
    std::string name; ///< untrusted text
};
/// Ascending by their main process. Children of this process's own group are none.
[[nodiscard]] std::vector<InheritedJob> find_inherited_jobs();

/// Children that have ended, and that the shell has not asked for any more; by pid, with their
/// names.
[[nodiscard]] std::map<pid_t, std::string> find_ended_children();

/// Keeps the ends of children for the keepers of their jobs, and outlives them all.
class InheritedChildren {
public:
    /// A file for the record of `main`'s end; -1 where none can be made.
    [[nodiscard]] int record_for(pid_t main);
    /// Notes the end of a child, if it has a record. To be called for each one that was reaped.
    void note(const sys::ReapedChild& child);
    /// Whether one of them is stopped: were this process to end, the kernel would send it SIGHUP.
    [[nodiscard]] bool is_one_stopped() const;
    [[nodiscard]] bool is_empty() const noexcept { return m_records.empty(); }

private:
    std::map<pid_t, sys::UniqueFd> m_records;
};

} // namespace outlast::cli
