// What becomes of jobs on this host after a logout.
#include "check/logout_findings.hpp"

#include "base/text.hpp"
#include "check/host_survival.hpp"
#include "check/login_daemon.hpp"
#include "job/own_scope.hpp"
#include "job/paths.hpp"
#include "sys/idle_process.hpp"

#include <span>
#include <unistd.h>

namespace outlast::check {
namespace {

std::string source_of(const LogoutPolicy& policy) {
    switch (policy.source) {
    case PolicySource::login_daemon: return "logind says so";
    case PolicySource::files: return "by logind.conf; logind could not be asked";
    case PolicySource::preset: return "the built-in value; logind could not be asked";
    case PolicySource::nothing: break;
    }
    return "neither logind nor its files could be read";
}

/// All that the lines below are made of.
struct Situation {
    Place place;
    Host host;
    LogoutPolicy policy;
    std::optional<bool> ends; ///< sessions of this user, whether we are in one or not
    bool linger_counts = false;
};

Situation look() {
    Situation now;
    now.place = find_place();
    now.host = look_at_host(now.place);
    if (!now.host.systemd) {
        now.policy = now.host.policy;
        now.ends = now.host.ends_session;
        return now;
    }
    now.policy = find_logout_policy(Ask::login_daemon);
    const uid_t user = now.place.owner.value_or(::geteuid());
    std::string name = job::login_name(user);
    if (name.empty()) {
        if (const auto known = ask_user(user)) name = known->name;
    }
    now.ends = now.policy.ends_processes_of(name);
    now.linger_counts =
        ::geteuid() != 0 && (now.place.kind == PlaceKind::user_manager ||
                             should_leave(now.place, now.host) || now.ends.value_or(true));
    return now;
}

Finding find_policy(const Situation& now) {
    if (!now.host.systemd && !now.host.elogind)
        return {Health::good,
                "policy",
                "systemd does not run here: nobody ends processes at logout",
                {}};
    const std::string source = " (" + source_of(now.policy) + ")";
    if (!now.ends)
        return {Health::unknown, "policy", "what this host does at logout is not known" + source,
                "busctl get-property org.freedesktop.login1 /org/freedesktop/login1 "
                "org.freedesktop.login1.Manager KillUserProcesses"};
    if (*now.ends)
        return {Health::note,
                "policy",
                "this host ends what a session has started when the session ends" + source,
                {}};
    return {Health::good, "policy", "a session's processes are left alone at logout" + source, {}};
}

Finding find_linger(const Situation& now) {
    if (!now.linger_counts) return {Health::good, "linger", "not needed here", {}};
    const auto stays = lingers(::geteuid());
    if (stays == true || now.policy.stop_delay == "infinity")
        return {Health::good, "linger", "your user manager stays after your last logout", {}};
    if (!stays)
        return {Health::unknown, "linger",
                "whether your user manager stays after logout is unknown",
                "loginctl show-user --property=Linger"};
    // What is started here and now, from cron for example, need not be in a session at all.
    const bool concerned = should_leave(now.place, now.host) ||
                           now.place.kind == PlaceKind::user_manager ||
                           now.place.kind == PlaceKind::session;
    return {concerned ? Health::risk : Health::note,
            "linger",
            "your user manager, and every job in it, is ended " +
                printable_line(now.policy.stop_delay) + " after your last logout",
            "loginctl enable-linger",
            Mend::enable_linger,
            {}};
}

/// Moves an idle process as `run` would move a keeper.
Finding try_placement() {
    const auto process = sys::IdleProcess::start();
    if (!process) return {Health::risk, "placement", process.error().message(), {}};
    const pid_t pid = process->pid();
    const job::Placed placed = job::place_in_own_scope(
        std::span(&pid, 1), "doctor-" + std::to_string(pid), "outlast doctor tries a scope");
    const std::string where = ::geteuid() == 0 ? "the system's manager" : "your user manager";
    if (!placed.inside.empty())
        return {Health::good,
                "placement",
                "a job goes into a scope of its own in " + where + " (tried: it works)",
                {}};
    return {Health::risk, "placement", "a job cannot be moved out of your session: " + placed.why,
            "ask for the packages libpam-systemd and dbus-user-session; then log in anew"};
}

Finding find_placement(const Situation& now) {
    const std::string here = now.place.unit.empty() ? "where you are" : "in " + now.place.unit;
    if (should_leave(now.place, now.host)) return try_placement();
    const Survival survival = judge(now.place, now.host);
    if (now.place.kind == PlaceKind::allocation || now.place.kind == PlaceKind::connection ||
        now.place.kind == PlaceKind::unreadable)
        return {survival.outcome == Outcome::ends ? Health::risk : Health::unknown, "placement",
                "a job stays " + here + ": " + survival.why, survival.fix};
    return {Health::good, "placement", "a job stays " + here + ", which is good enough", {}};
}

/// The verdict, from the lines before.
Finding conclude(const Situation& now, const Findings& lines) {
    const bool moved = should_leave(now.place, now.host);
    Survival survival = judge(now.place, now.host);
    if (moved) {
        survival = {Outcome::survives, {}, {}};
        for (const Finding& line : lines) {
            if (line.mark == Health::risk) survival.outcome = Outcome::ends;
            else if (line.mark == Health::unknown && survival.safe())
                survival.outcome = Outcome::unknown;
            if (line.mark == Health::risk) survival.why = line.text;
        }
    }
    if (survival.safe())
        return {Health::good, "logout", "a job started here outlives your logout", {}};
    const std::string why = survival.why.empty() ? "" : ": " + survival.why;
    if (survival.outcome == Outcome::unknown)
        return {Health::unknown, "logout",
                "whether a job started here outlives your logout is not known" + why,
                moved ? "" : survival.fix};
    return {Health::risk, "logout", "a job started here does not outlive your logout" + why, {}};
}

} // namespace

Findings find_logout_risks() {
    const Situation now = look();
    Findings lines{find_policy(now), find_linger(now), find_placement(now)};
    lines.insert(lines.begin(), conclude(now, lines));
    return lines;
}

} // namespace outlast::check
