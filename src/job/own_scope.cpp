// A control group of their own for processes that shall outlive their login.
#include "job/own_scope.hpp"

#include "base/text.hpp"
#include "bus/connection.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/process_info.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <poll.h>
#include <unistd.h>

namespace outlast::job {
namespace {

constexpr std::string_view service = "org.freedesktop.systemd1";
constexpr std::string_view object = "/org/freedesktop/systemd1";
constexpr std::string_view manager = "org.freedesktop.systemd1.Manager";
constexpr std::string_view prefix = "outlast-";
constexpr std::string_view suffix = ".scope";

struct Door {
    std::string path;
    bus::Kind kind;
};

/// Where the manager can be reached. systemd's private socket is there without a message bus too,
/// as on a server that has no dbus-user-session.
std::vector<Door> manager_doors() {
    const uid_t uid = ::geteuid();
    if (uid == 0)
        return {{"/run/systemd/private", bus::Kind::direct},
                {"/run/dbus/system_bus_socket", bus::Kind::bus}};
    std::vector<std::string> folders;
    const char* runtime = std::getenv("XDG_RUNTIME_DIR");
    if (runtime != nullptr && *runtime == '/') folders.emplace_back(runtime);
    folders.push_back("/run/user/" + std::to_string(uid));
    std::vector<Door> doors;
    for (const std::string& folder : folders) {
        doors.push_back({folder + "/bus", bus::Kind::bus});
        doors.push_back({folder + "/systemd/private", bus::Kind::direct});
    }
    return doors;
}

Result<bus::Connection> connect_manager() {
    Error first;
    const Nanoseconds deadline = sys::boottime_now() + placement_patience;
    for (const Door& door : manager_doors()) {
        auto connection =
            bus::Connection::open(door.path, door.kind, deadline - sys::boottime_now());
        if (connection) return connection;
        // A door that is there and does not open tells more than one that is not there.
        if (!first.code || first.is_errno(ENOENT)) first = connection.error();
    }
    if (first.is_errno(ENOENT))
        return fail(Errc::refused, "you have no user manager (systemctl --user is-system-running)");
    return fail(first);
}

bus::Call manager_call(const bus::Connection& connection, std::string_view member,
                       std::string_view signature, std::string body) {
    const bool named = connection.kind() == bus::Kind::bus;
    return {named ? service : std::string_view(),
            object,
            manager,
            member,
            signature,
            std::move(body),
            true};
}

void put_text_property(bus::Writer& body, std::string_view name, std::string_view value) {
    body.begin_struct();
    body.put_string(name);
    body.put_signature("s");
    body.put_string(value);
}

void put_pids(bus::Writer& body, std::span<const pid_t> processes) {
    const auto pids = body.begin_array(4);
    for (const pid_t pid : processes) body.put_u32(static_cast<std::uint32_t>(pid));
    body.end_array(pids);
}

/// The arguments of StartTransientUnit(s name, s mode, a(sv) properties, a(sa(sv)) others).
std::string scope_arguments(const std::string& unit, const std::string& description,
                            std::span<const pid_t> processes) {
    bus::Writer body;
    body.put_string(unit);
    body.put_string("fail");
    const auto properties = body.begin_array(8);
    put_text_property(body, "Description", description);
    put_text_property(body, "CollectMode", "inactive-or-failed");
    // Delegated, though without any controller: others may join it later, and systemd leaves the
    // rest alone when one process of it runs out of memory (OOMPolicy=continue).
    body.begin_struct();
    body.put_string("DelegateControllers");
    body.put_signature("as");
    body.end_array(body.begin_array(4));
    body.begin_struct();
    body.put_string("PIDs");
    body.put_signature("au");
    put_pids(body, processes);
    body.end_array(properties);
    body.end_array(body.begin_array(8));
    return body.bytes();
}

/// "done", or in what other way the manager's job has ended. Its signal is
/// JobRemoved(u id, o job, s unit, s result).
Result<std::string> await_result(bus::Connection& connection, const std::string& job) {
    for (;;) {
        const auto signal = connection.await_signal("JobRemoved");
        if (!signal) return fail(signal.error());
        bus::Reader reader(signal->body);
        (void)reader.take_u32();
        const auto path = reader.take_string();
        (void)reader.take_string();
        auto result = reader.take_string();
        if (path && result && *path == job) return result;
    }
}

Result<> start_scope(const std::string& unit, const std::string& description,
                     std::span<const pid_t> processes) {
    auto connection = connect_manager();
    if (!connection) return fail(connection.error());
    if (connection->kind() == bus::Kind::bus) {
        bus::Writer rule;
        rule.put_string("type='signal',interface='org.freedesktop.systemd1.Manager',"
                        "member='JobRemoved'");
        auto posted =
            connection->post({"org.freedesktop.DBus", "/org/freedesktop/DBus",
                              "org.freedesktop.DBus", "AddMatch", "s", rule.bytes(), false});
        if (!posted) return posted;
    }
    if (auto posted = connection->post(manager_call(*connection, "Subscribe", {}, {})); !posted)
        return posted;
    const auto answer =
        connection->call(manager_call(*connection, "StartTransientUnit", "ssa(sv)a(sa(sv))",
                                      scope_arguments(unit, description, processes)));
    if (!answer) return fail(answer.error());
    const auto job = bus::Reader(answer->body).take_string();
    if (!job) return fail(job.error());
    const auto result = await_result(*connection, *job);
    if (!result) return fail(result.error());
    if (*result != "done")
        return fail(Errc::refused,
                    "systemd could not start " + unit + " (" + printable_line(*result) + ")");
    return {};
}

std::string replaced(const std::string& name) {
    constexpr std::size_t longest = 200;
    std::string unit(prefix);
    for (const char each : name.substr(0, longest)) {
        const bool taken = (each >= '0' && each <= '9') || (each >= 'a' && each <= 'z') ||
                           (each >= 'A' && each <= 'Z') || each == '-' || each == '.';
        unit += taken ? each : '_';
    }
    return unit + std::string(suffix);
}

/// The scope of ours that a process is in, by its last component; empty: none.
std::string scope_of(pid_t pid) {
    const auto text = sys::read_file("/proc/" + std::to_string(pid) + "/cgroup", 65536);
    if (!text) return {};
    for (const std::string_view line : split(*text, '\n')) {
        for (const std::string_view part : split(line, '/')) {
            if (part.starts_with(prefix) && part.ends_with(suffix)) return std::string(part);
        }
    }
    return {};
}

bool is_alive(pid_t pid) {
    const auto stat = sys::read_process_stat(pid);
    return stat && stat->state != 'Z' && stat->state != 'X';
}

/// Where each of them is, by /proc alone.
Placed look(const std::string& unit, std::span<const pid_t> processes, std::string why) {
    Placed placed;
    placed.unit = unit;
    for (const pid_t pid : processes) {
        if (scope_of(pid) == unit) placed.inside.push_back(pid);
        else if (is_alive(pid)) placed.left.push_back(pid);
    }
    if (!placed.complete())
        placed.why = why.empty() ? "systemd left it in its control group" : std::move(why);
    return placed;
}

/// Those that the manager may move for us: it asks the system's, which allows one's own only.
std::vector<pid_t> movable(std::span<const pid_t> processes) {
    std::vector<pid_t> result;
    const uid_t uid = ::geteuid();
    std::copy_if(processes.begin(), processes.end(), std::back_inserter(result), [uid](pid_t pid) {
        const auto uids = sys::read_uids(pid);
        return uids && is_alive(pid) && (uid == 0 || uids->effective == uid);
    });
    return result;
}

template <class Move>
Placed move(const std::string& unit, std::span<const pid_t> processes, Move how) {
    const std::vector<pid_t> ours = movable(processes);
    if (ours.empty()) return look(unit, processes, "it is not a process of yours");
    const Result<> moved = how(ours);
    std::string why;
    if (!moved) why = moved.error().message();
    else if (ours.size() < processes.size()) why = "another user's process cannot be moved";
    return look(unit, processes, std::move(why));
}

} // namespace

Placed place_in_own_scope(std::span<const pid_t> processes, const std::string& name,
                          const std::string& description) {
    const std::string unit = replaced(name);
    return move(unit, processes, [&](const std::vector<pid_t>& ours) {
        return start_scope(unit, description, ours);
    });
}

Placed join_scope_of(pid_t member, std::span<const pid_t> processes) {
    const std::string unit = scope_of(member);
    if (unit.empty()) return {};
    return move(unit, processes, [&](const std::vector<pid_t>& ours) -> Result<> {
        auto connection = connect_manager();
        if (!connection) return fail(connection.error());
        bus::Writer body;
        body.put_string(unit);
        body.put_string("");
        put_pids(body, ours);
        const auto answer = connection->call(
            manager_call(*connection, "AttachProcessesToUnit", "ssau", body.bytes()));
        if (!answer) return fail(answer.error());
        return {};
    });
}

} // namespace outlast::job
