// Asking systemd-logind, which knows what it will do better than its files
// (org.freedesktop.login1).
#pragma once

#include "base/result.hpp"
#include "check/logout_policy.hpp"

#include <optional>
#include <string>
#include <sys/types.h>

namespace outlast::check {

/// The socket of the system's bus; tests set DBUS_SYSTEM_BUS_ADDRESS, as other programs take it.
[[nodiscard]] std::string system_bus_path();

/// What logind works by at this moment, over what its files say. An error leaves `policy` as it is.
[[nodiscard]] Result<> ask_logout_policy(LogoutPolicy& policy);

/// What logind knows of a user who is logged in or lingers.
struct KnownUser {
    std::string name;
    bool lingers = false;
};
[[nodiscard]] Result<KnownUser> ask_user(uid_t uid);

/// Switches lingering on for the calling user. logind asks polkit, which allows it by default.
[[nodiscard]] Result<> enable_linger();

} // namespace outlast::check
