// Brings everything that belongs to a process to a standstill.
#pragma once

#include "adopt/descriptor_move.hpp"
#include "adopt/frozen_process.hpp"
#include "adopt/plan.hpp"
#include "adopt/remote_process.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace outlast::adopt {

/// Whoever is still being stopped after that is let go again.
constexpr Nanoseconds longest_standstill = ns_per_second;

/// A member that stands still, with what is needed to change it.
struct FrozenMember {
    FrozenMember(Member facts, FrozenProcess process) noexcept
        : member(std::move(facts)), frozen(std::move(process)) {}

    Member member;
    // In this order: first the moves end, then the calls, then it is thawed.
    FrozenProcess frozen;
    std::optional<RemoteProcess> remote; ///< where something is to be done in it
    std::optional<DescriptorMove> descriptors;

    /// Begins to make calls in it, once.
    [[nodiscard]] Result<> open();
};

using FrozenMembers = std::vector<std::unique_ptr<FrozenMember>>;

struct Standstill {
    FrozenMembers members;
    Nanoseconds since = 0; ///< CLOCK_BOOTTIME of the first interruption
};

/// Seizes the members of `plan` and what has joined them since, and looks again for children until
/// there are no new ones: then nobody is left who could make one. The facts of each member are
/// those of now. On an error all go on.
[[nodiscard]] Result<Standstill> freeze(const Plan& plan);

} // namespace outlast::adopt
