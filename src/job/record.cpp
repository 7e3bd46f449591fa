// What is known of a job.
#include "job/record.hpp"

#include "job/liveliness.hpp"
#include "job/state_text.hpp"
#include "log/live_block.hpp"
#include "sys/exit_status.hpp"
#include "sys/file.hpp"

#include <array>
#include <cerrno>

namespace outlast::job {
namespace {

Condition condition_of_fate(const Fate& fate) {
    switch (fate.kind) {
    case Fate::Kind::exited: return fate.code == 0 ? Condition::ok : Condition::failed;
    case Fate::Kind::signaled: return Condition::killed;
    case Fate::Kind::lost: return Condition::lost;
    case Fate::Kind::unknown: break;
    }
    return Condition::unknown;
}

std::string signal_cause(const Fate& fate) {
    std::string text = sys::signal_name(fate.signal);
    if (fate.cause == "timeout") text += ": its time was over";
    else if (fate.cause == "stopped") text += ": stopped";
    else if (fate.cause == "oom") {
        text += fate.evidence == "counter"
                    ? ": perhaps out of memory, the kernel's OOM counter rose while it ran"
                    : ": out of memory";
    } else if (fate.core) text += ": core dumped";
    return text;
}

/// One open and one read for nearly every job: a short read is the end of a regular file. What does
/// not parse then is read again to its end.
Record read_state(int jobs_directory, const std::string& path, std::uint64_t number) {
    const auto fd = sys::open_at(jobs_directory, path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
    if (!fd) {
        return damaged_record(number, fd.error().is_errno(ENOENT) ? "it has no state.json"
                                                                  : "state.json cannot be read: " +
                                                                        fd.error().code.message());
    }
    std::array<char, 4096> head; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
    const auto have = sys::read_once(fd->get(), head.data(), head.size());
    if (have && *have < head.size()) {
        Record record = parse_state(number, {head.data(), *have});
        if (record.condition != Condition::damaged) return record;
    }
    const auto text = sys::read_file_at(jobs_directory, path);
    if (text) return parse_state(number, *text);
    return damaged_record(number, "state.json cannot be read: " + text.error().code.message());
}

} // namespace

std::string_view condition_name(Condition condition) noexcept {
    switch (condition) {
    case Condition::running: return "running";
    case Condition::quiet: return "quiet";
    case Condition::needs_input: return "needs input";
    case Condition::paused: return "paused";
    case Condition::stopping: return "stopping";
    case Condition::ok: return "ok";
    case Condition::failed: return "failed";
    case Condition::killed: return "killed";
    case Condition::lost: return "lost";
    case Condition::unknown: return "unknown";
    case Condition::damaged: return "damaged";
    }
    return "unknown";
}

bool is_alive(Condition condition) noexcept {
    switch (condition) {
    case Condition::running:
    case Condition::quiet:
    case Condition::needs_input:
    case Condition::paused:
    case Condition::stopping: return true;
    default: return false;
    }
}

Record read_record_at(int jobs_directory, std::uint64_t number) {
    const std::string folder = std::to_string(number);
    Record record = read_state(jobs_directory, folder + "/state.json", number);
    if (record.condition == Condition::damaged) return record;
    if (!record.fate) judge_life(jobs_directory, folder, record);
    if (record.fate) record.condition = condition_of_fate(*record.fate);
    return record;
}

Record read_record(const JobFolder& folder) {
    const auto parent = sys::open_at(folder.fd.get(), "..", O_RDONLY | O_DIRECTORY);
    if (!parent) return damaged_record(folder.number, "its folder cannot be read");
    return read_record_at(parent->get(), folder.number);
}

int exit_code_of(const Fate& fate) noexcept {
    constexpr int not_known = 125;
    constexpr int signal_base = 128;
    if (fate.kind == Fate::Kind::exited) return fate.code;
    if (fate.kind == Fate::Kind::signaled) return signal_base + fate.signal;
    return not_known;
}

std::string describe_fate(const Fate& fate) {
    switch (fate.kind) {
    case Fate::Kind::exited: {
        const std::string after = fate.cause == "timeout"   ? ", its time was over"
                                  : fate.cause == "stopped" ? ", stopped"
                                                            : "";
        if (fate.code == 0) return "ok" + after;
        return "failed (" + std::to_string(fate.code) + after + ")";
    }
    case Fate::Kind::signaled:
        if (fate.cause == "stopped") return "stopped (" + sys::signal_name(fate.signal) + ")";
        return "killed (" + signal_cause(fate) + ")";
    case Fate::Kind::lost: return "lost (" + fate.why + ")";
    case Fate::Kind::unknown: break;
    }
    return "unknown (" + fate.why + ")";
}

std::string describe_condition(const Record& record) {
    if (record.condition == Condition::damaged) return "damaged (" + record.damage + ")";
    if (record.fate) return describe_fate(*record.fate);
    std::string text(condition_name(record.condition));
    if (!record.here) text += " on " + record.host;
    return text;
}

std::optional<Nanoseconds> last_output(const JobFolder& folder) {
    const auto live_fd = sys::open_at(folder.fd.get(), "live", O_RDONLY | O_NONBLOCK);
    if (!live_fd) return std::nullopt;
    const auto live = log::LiveMap::map(live_fd->get(), log::LiveMap::Access::read);
    Nanoseconds latest = live ? live->block().last_output.load() : 0;
    // A job without a terminal writes by itself: the file knows it first.
    struct stat info {};
    if (::fstatat(folder.fd.get(), "log", &info, 0) == 0 && info.st_size > 0) {
        const Nanoseconds written =
            static_cast<Nanoseconds>(info.st_mtim.tv_sec) * ns_per_second + info.st_mtim.tv_nsec;
        latest = std::max(latest, written);
    }
    return latest > 0 ? std::optional(latest) : std::nullopt;
}

} // namespace outlast::job
