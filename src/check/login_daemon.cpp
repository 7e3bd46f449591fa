// Asking systemd-logind.
#include "check/login_daemon.hpp"

#include "base/duration.hpp"
#include "bus/connection.hpp"

#include <cstdlib>
#include <limits>
#include <unistd.h>

namespace outlast::check {
namespace {

constexpr Nanoseconds patience = 2 * ns_per_second;
constexpr std::string_view service = "org.freedesktop.login1";
constexpr std::string_view object = "/org/freedesktop/login1";
constexpr std::string_view manager = "org.freedesktop.login1.Manager";

Result<bus::Connection> connect() {
    return bus::Connection::open(system_bus_path(), bus::Kind::bus, patience);
}

Result<bus::Message> ask(bus::Connection& connection, std::string_view property) {
    return connection.call(bus::get_property(service, object, manager, property));
}

} // namespace

std::string system_bus_path() {
    const char* address = std::getenv("DBUS_SYSTEM_BUS_ADDRESS");
    constexpr std::string_view unix_path = "unix:path=";
    const std::string_view given = address != nullptr ? address : "";
    if (given.starts_with(unix_path))
        return std::string(
            given.substr(unix_path.size(), given.find_first_of(",;") - unix_path.size()));
    return "/run/dbus/system_bus_socket";
}

Result<> ask_logout_policy(LogoutPolicy& policy) {
    auto connection = connect();
    if (!connection) return fail(connection.error());
    const auto kills = ask(*connection, "KillUserProcesses");
    const auto value = kills ? bus::boolean_in(*kills) : fail(kills.error());
    if (!value) return fail(value.error());
    policy.kills = *value;
    policy.source = PolicySource::login_daemon;
    if (const auto only = ask(*connection, "KillOnlyUsers"))
        policy.only = bus::words_in(*only).value_or(policy.only);
    // An empty list may mean "not set", that is root, or "set to nobody": only the files tell.
    if (const auto exclude = ask(*connection, "KillExcludeUsers")) {
        const std::string names = bus::words_in(*exclude).value_or("");
        if (!names.empty()) policy.exclude = names;
    }
    if (const auto delay = ask(*connection, "UserStopDelayUSec")) {
        constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();
        constexpr std::uint64_t microsecond = 1000;
        const std::uint64_t span = bus::u64_in(*delay).value_or(10'000'000);
        policy.stop_delay = span == never
                                ? "infinity"
                                : format_duration(static_cast<Nanoseconds>(span * microsecond));
    }
    return {};
}

Result<KnownUser> ask_user(uid_t uid) {
    auto connection = connect();
    if (!connection) return fail(connection.error());
    // The path of a user's object is documented to be this one.
    const std::string path = std::string(object) + "/user/_" + std::to_string(uid);
    constexpr std::string_view user = "org.freedesktop.login1.User";
    const auto linger = connection->call(bus::get_property(service, path, user, "Linger"));
    const auto name = connection->call(bus::get_property(service, path, user, "Name"));
    if (!linger) return fail(linger.error());
    if (!name) return fail(name.error());
    const auto lingers = bus::boolean_in(*linger);
    auto text = bus::string_in(*name);
    if (!lingers) return fail(lingers.error());
    if (!text) return fail(text.error());
    return KnownUser{std::move(*text), *lingers};
}

Result<> enable_linger() {
    auto connection = connect();
    if (!connection) return fail(connection.error());
    bus::Writer body;
    body.put_u32(::geteuid());
    body.put_boolean(true);
    body.put_boolean(false); // nobody is there to type a password
    const auto answer =
        connection->call({service, object, manager, "SetUserLinger", "ubb", body.bytes(), true});
    if (!answer) return fail(answer.error());
    return {};
}

} // namespace outlast::check
