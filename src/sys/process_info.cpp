// What /proc tells of a process, and of this machine's boot.
#include "sys/process_info.hpp"

#include "base/text.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <unistd.h>

namespace outlast::sys {
namespace {

std::string proc_path(pid_t pid, const char* file) {
    return "/proc/" + std::to_string(pid) + "/" + file;
}

std::int64_t number(std::string_view text) noexcept {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::optional<std::string_view> status_field(std::string_view status, std::string_view name) {
    for (const std::string_view line : split(status, '\n')) {
        if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ':') {
            return trim(line.substr(name.size() + 1));
        }
    }
    return std::nullopt;
}

std::uint64_t hex(std::string_view text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, 16);
    return value;
}

} // namespace

std::optional<ProcessStat> read_process_stat(pid_t pid) {
    const auto text = read_file(proc_path(pid, "stat"), 8192);
    if (!text) return std::nullopt;
    // The name may hold blanks and parentheses: it ends at the last one.
    const std::size_t open = text->find('(');
    const std::size_t close = text->rfind(')');
    if (open == std::string::npos || close == std::string::npos || close + 2 > text->size())
        return std::nullopt;
    const auto fields = split(trim(std::string_view(*text).substr(close + 2)), ' ');
    constexpr std::size_t first = 3; // proc(5) counts from 1; `fields` starts with field 3
    if (fields.size() < 52 - first + 1) return std::nullopt;
    const auto field = [&](std::size_t index) { return number(fields[index - first]); };
    ProcessStat stat;
    stat.pid = pid;
    stat.name = text->substr(open + 1, close - open - 1);
    stat.state = fields[0].empty() ? '?' : fields[0].front();
    stat.parent = static_cast<pid_t>(field(4));
    stat.group = static_cast<pid_t>(field(5));
    stat.session = static_cast<pid_t>(field(6));
    stat.terminal = static_cast<int>(field(7));
    stat.foreground_group = static_cast<pid_t>(field(8));
    constexpr std::int64_t kernel_flag = 0x00200000; // include/linux/sched.h
    constexpr std::int64_t exiting_flag = 0x00000004;
    stat.kernel_thread = (field(9) & kernel_flag) != 0;
    stat.exiting = (field(9) & exiting_flag) != 0;
    stat.user_ticks = static_cast<std::uint64_t>(field(14));
    stat.system_ticks = static_cast<std::uint64_t>(field(15));
    stat.start_ticks = static_cast<std::uint64_t>(field(22));
    stat.resident_pages = static_cast<std::uint64_t>(field(24));
    stat.exit_code = static_cast<int>(field(52));
    return stat;
}

std::optional<SignalSets> read_signal_sets(pid_t pid) {
    const auto status = read_process_status(pid);
    return status ? std::optional(status->signals) : std::nullopt;
}

std::optional<Uids> read_uids(pid_t pid) {
    const auto status = read_process_status(pid);
    return status ? std::optional(status->uids) : std::nullopt;
}

std::optional<ProcessStatus> read_process_status(pid_t pid) {
    const auto text = read_file(proc_path(pid, "status"), 65536);
    if (!text) return std::nullopt;
    ProcessStatus status;
    bool has_uids = false;
    for (const std::string_view line : split(*text, '\n')) {
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        const std::string_view name = line.substr(0, colon);
        const std::string_view value = trim(line.substr(colon + 1));
        if (name == "Uid") {
            const auto parts = split(value, '\t');
            if (parts.size() < 3) return std::nullopt;
            status.uids = {static_cast<uid_t>(number(parts[0])),
                           static_cast<uid_t>(number(parts[1])),
                           static_cast<uid_t>(number(parts[2]))};
            has_uids = true;
        } else if (name == "SigIgn") status.signals.ignored = hex(value);
        else if (name == "SigCgt") status.signals.caught = hex(value);
        else if (name == "SigBlk") status.signals.blocked = hex(value);
        else if (name == "Threads") status.threads = static_cast<int>(number(value));
        else if (name == "Seccomp") status.seccomp = static_cast<int>(number(value));
    }
    if (!has_uids) return std::nullopt;
    return status;
}

std::uint64_t blocked_by_all_threads(pid_t pid) {
    const std::string folder = proc_path(pid, "task");
    const auto threads = list_directory_at(AT_FDCWD, folder);
    std::uint64_t blocked = ~std::uint64_t{0};
    bool any = false;
    for (const std::string& thread : threads.value_or(std::vector<std::string>{})) {
        std::string path = folder;
        path.append("/").append(thread).append("/status");
        const auto text = read_file(path, 65536);
        if (!text) continue;
        const auto value = status_field(*text, "SigBlk");
        if (!value) continue;
        blocked &= hex(*value);
        any = true;
    }
    return any ? blocked : 0;
}

std::vector<pid_t> all_pids() {
    std::vector<pid_t> pids;
    const auto names = list_directory_at(AT_FDCWD, "/proc");
    if (!names) return pids;
    for (const std::string& name : *names) {
        if (const auto pid = parse_u64(name)) pids.push_back(static_cast<pid_t>(*pid));
    }
    std::sort(pids.begin(), pids.end());
    return pids;
}

std::vector<pid_t> descendants_of(pid_t root) {
    std::multimap<pid_t, pid_t> children;
    for (const pid_t pid : all_pids()) {
        if (const auto stat = read_process_stat(pid)) children.emplace(stat->parent, pid);
    }
    std::vector<pid_t> found{root};
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto [first, last] = children.equal_range(found[i]);
        for (auto child = first; child != last; ++child) found.push_back(child->second);
    }
    return found;
}

std::vector<std::string> read_command_line(pid_t pid) {
    std::vector<std::string> arguments;
    auto text = read_file(proc_path(pid, "cmdline"), std::size_t{4} << 20);
    if (!text || text->empty()) return arguments;
    if (text->back() == '\0') text->pop_back();
    for (const std::string_view word : split(*text, '\0')) arguments.emplace_back(word);
    return arguments;
}

std::string read_environment(pid_t pid, std::string_view name) {
    const auto text = read_file(proc_path(pid, "environ"), std::size_t{4} << 20);
    if (!text) return {};
    for (const std::string_view entry : split(*text, '\0')) {
        if (entry.starts_with(name) && entry.substr(name.size()).starts_with('='))
            return std::string(entry.substr(name.size() + 1));
    }
    return {};
}

std::string boot_id() {
    const auto text = read_file("/proc/sys/kernel/random/boot_id", 128);
    return text ? std::string(trim(*text)) : std::string();
}

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
    return name.data();
}

Nanoseconds boot_moment() { return realtime_now() - boottime_now(); }

std::uint64_t ticks_per_second() {
    const long ticks = ::sysconf(_SC_CLK_TCK);
    return ticks > 0 ? static_cast<std::uint64_t>(ticks) : 100;
}

} // namespace outlast::sys
