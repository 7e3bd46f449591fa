// Everything that can be found out about one job.
#include "cli/job_details.hpp"

#include "check/host_survival.hpp"
#include "job/keeper_connection.hpp"
#include "job/spec.hpp"
#include "job/survey.hpp"
#include "log/last_line.hpp"
#include "log/log_file.hpp"
#include "sys/file.hpp"
#include "sys/process_info.hpp"

#include <algorithm>
#include <string>

namespace outlast::cli {
namespace {

constexpr std::uint64_t tail_size = 2048;

std::optional<sys::ProcessStat> resident(pid_t pid) {
    auto stat = sys::read_process_stat(pid);
    if (!stat || stat->state == 'Z' || !stat->name.starts_with("outlast-")) return std::nullopt;
    return stat;
}

/// A hangup comes by a controlling terminal or by the session's leader. The keeper has a session of
/// its own without a terminal, and the command's terminal is one that the keeper holds.
/// An adopted command may still belong to the session of the terminal it was started in. What ends
/// it there comes to its group: from the shell, by the group's number that it knows, or from the
/// kernel, to the foreground group; and to the session's leader.
Promise check_adopted_disconnect(const job::Record& record) {
    Promise promise{"disconnect", false, "nobody can tell"};
    const auto command = sys::read_process_stat(record.pid);
    if (!command) return promise;
    if (record.adopted->watched_only) {
        promise.why = "it is only watched; outlast check " + std::to_string(record.pid) + " knows";
        return promise;
    }
    const bool is_stopped = command->state == 'T' && command->terminal != 0;
    const bool leads = command->session == record.pid && !record.terminal;
    const bool is_foreground = command->terminal != 0 && command->session != record.pid &&
                               command->foreground_group == command->group;
    promise.kept = !is_stopped && !leads && !is_foreground;
    promise.why = promise.kept ? ""
                  : is_stopped ? "while it is paused, the kernel may send SIGHUP"
                               : "its old terminal can still send it SIGHUP";
    return promise;
}

Promise check_disconnect(const job::Record& record) {
    if (record.adopted && record.run == 1) return check_adopted_disconnect(record);
    Promise promise{"disconnect", false, "its command shares a terminal with somebody"};
    const auto command = sys::read_process_stat(record.pid);
    const auto keeper = resident(record.keeper_pid);
    const bool keeper_is_apart =
        keeper ? keeper->session == record.keeper_pid && keeper->terminal == 0 : !record.terminal;
    const bool command_is_apart =
        command && (record.terminal ? command->session == record.pid || command->terminal == 0
                                    : command->terminal == 0);
    promise.kept = keeper_is_apart && command_is_apart;
    if (promise.kept) promise.why.clear();
    return promise;
}

Promise check_logout(const job::Record& record) {
    const check::Survival survival = check::check_survival(record.pid);
    return {"logout", survival.safe(), survival.why};
}

Promise check_our_crash(const job::Record& record) {
    if (resident(record.keeper_pid) && resident(record.scribe_pid)) return {"our crash", true, {}};
    if (record.adopted && record.adopted->watched_only) return {"our crash", true, {}};
    return {"our crash", !record.terminal,
            record.terminal ? "only one of keeper and scribe is there" : ""};
}

std::vector<Promise> check_promises(const job::Record& record) {
    if (!job::is_alive(record.condition) || !record.here) return {};
    return {check_disconnect(record),
            check_logout(record),
            check_our_crash(record),
            {"reboot", false, "it is not a service"}};
}

void read_spec(const job::JobFolder& folder, JobDetails& details) {
    const auto text = sys::read_file_at(folder.fd.get(), "spec.json", std::size_t{16} << 20);
    const auto spec = text ? job::parse_spec(*text) : fail(text.error());
    if (!spec) return;
    details.arguments = spec->arguments;
    if (job::is_alive(details.record.condition) && details.record.here)
        details.stable_paths = job::look_at_stable_paths(details.record, *spec);
}

void read_log(const job::JobFolder& folder, JobDetails& details) {
    details.last_line = log::last_line(log::read_tail(folder.fd.get(), "log"));
    details.last_output = job::last_output(folder);
    if (const auto log = log::LogFile::open(folder.fd.get())) {
        details.log_size = log->size();
        details.lost_bytes = log->lost_bytes();
        details.gaps = log->gaps();
    }
    const auto live_fd = sys::open_at(folder.fd.get(), "live", O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!live_fd) return;
    if (const auto live = log::LiveMap::map(live_fd->get(), log::LiveMap::Access::read)) {
        details.emptied_bytes = live->block().emptied_bytes.load();
        details.keeper_starts = live->block().keeper_starts.load();
        details.scribe_starts = live->block().scribe_starts.load();
    }
}

void ask_keeper(const job::JobFolder& folder, JobDetails& details) {
    if (!job::is_alive(details.record.condition) || !details.record.here) return;
    auto keeper = job::KeeperConnection::connect(folder, details.record);
    if (!keeper) return;
    if (auto viewers = keeper->get_viewers()) details.viewers = std::move(*viewers);
    if (auto offer = keeper->get_offer()) details.newest_offer = std::move(*offer);
    if (details.record.keeps_log) return;
    auto memory = keeper->get_log();
    if (!memory) return;
    const log::LogFile log = log::LogFile::in_memory(std::move(*memory), folder.fd.get());
    details.log_size = log.size();
    const std::uint64_t size = log.size();
    if (const auto chunk = log.read(size - std::min(size, tail_size), tail_size))
        details.last_line = log::last_line(chunk->bytes);
}

} // namespace

JobDetails look_at_job(const job::Registry& registry, job::Record record, Nanoseconds now) {
    JobDetails details;
    details.folder = registry.path() + "/jobs/" + std::to_string(record.number);
    const auto folder = registry.open_folder(record.number);
    if (folder && record.condition != job::Condition::damaged) {
        job::refresh(*folder, record, now);
        details.record = record;
        read_spec(*folder, details);
        read_log(*folder, details);
        ask_keeper(*folder, details);
    }
    details.record = std::move(record);
    details.survives = check_promises(details.record);
    return details;
}

} // namespace outlast::cli
