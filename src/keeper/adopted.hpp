// Which processes belong to a job whose command somebody else has started.
#pragma once

#include "keeper/process_table.hpp"
#include "twin/shared_state.hpp"

#include <set>
#include <sys/types.h>
#include <vector>

namespace outlast::keeper {

[[nodiscard]] inline bool is_adopted(const twin::SharedState& state) noexcept {
    return state.adoption != static_cast<std::uint32_t>(twin::Adoption::none);
}

/// Nothing is taken for the job's that cannot be proven to be: a wrong one might be the shell that
/// the job was taken from, or a stranger with a number that was used before. What counts is
///
///   - a member: a process that was there when the job was adopted, or was noted since, by pid and
///     start; and everything below it;
///   - everything in one of the job's groups, as long as a member (a zombie will do) is in it: a
///     group's number is given to no other while anybody is in it;
///   - everything in the session that has our terminal as its controlling one.
[[nodiscard]] std::set<pid_t> find_adopted(const twin::SharedState& state,
                                           const ProcessTable& table);

/// Those of them in the job's groups: what a terminal of its own would call the foreground. Without
/// the session that has our terminal, if there is one: in that the kernel raises signals.
[[nodiscard]] std::vector<pid_t> adopted_group(const twin::SharedState& state);

/// Makes members of all that belong to an adopted job now, so that they are known as its own also
/// when their parent, and with it the proof, has gone. There is room for so many.
void note_members(twin::SharedState& state);

} // namespace outlast::keeper
