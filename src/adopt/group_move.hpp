// Moves processes into a process group of their own, out of reach of a hangup.
#pragma once

#include "adopt/journal.hpp"
#include "adopt/remote_process.hpp"

#include <optional>
#include <vector>

namespace outlast::adopt {

/// A shell that ends signals the process group it has made for a job, and so does the kernel with
/// the terminal's foreground group. In a group with another number neither reaches the job, and no
/// disposition of its signals has to be changed for that: programs that set a handler of their own
/// for SIGHUP, as rsync and vim do, are out of reach too.
///
/// The number is the pid of a child that one of the processes makes and that never runs: so no
/// process of the job becomes the leader of its group, and each of them can lead a session later
/// (setsid(2)).
class GroupMove {
public:
    /// `processes` are all in one group, of which they are all that is left, and none of them leads
    /// a session. What it has done is in `journal`, also after an error; everything can be undone
    /// until `finish`.
    [[nodiscard]] Result<> move(const std::vector<RemoteProcess*>& processes, Journal& journal);
    /// Ends the children that it has made.
    void finish();

private:
    struct Child {
        RemoteProcess* parent = nullptr;
        RemoteProcess::Child child;
    };
    [[nodiscard]] Result<RemoteProcess::Child> make_child(RemoteProcess& parent, Journal& journal);
    [[nodiscard]] static Result<> set_group(RemoteProcess& process, std::int64_t pid,
                                            std::int64_t group);

    std::vector<Child> m_children;
};

} // namespace outlast::adopt
