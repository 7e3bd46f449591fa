// What a viewer brings along for the job: its agent, its display.
#pragma once

#include "job/record.hpp"
#include "wire/messages.hpp"

#include <array>
#include <string>

namespace outlast::attach {

/// The variables that differ from login to login and lead to something of that login's.
constexpr std::array<const char*, 8> offered_variables{
    "SSH_AUTH_SOCK", "WAYLAND_DISPLAY", "DISPLAY",    "XAUTHORITY",
    "KRB5CCNAME",    "SSH_CONNECTION",  "SSH_CLIENT", "SSH_TTY"};

/// What we have of them. Of the sockets only those where somebody answers, so that a viewer with
/// a stale environment takes nothing away from a better one, and not one that leads back to this
/// very job. A stable path of another job that we run inside of is offered even when nobody
/// answers: it will lead to whoever looks at that job.
[[nodiscard]] wire::Offer make_offer(const job::Record& record);

} // namespace outlast::attach
