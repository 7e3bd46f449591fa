// Reads all processes out of /proc, each file once, tolerant of those that end meanwhile.
#include "check/process_table.hpp"

#include "base/text.hpp"
#include "sys/file.hpp"

#include <charconv>
#include <csignal>
#include <sys/stat.h>

namespace outlast::check {
namespace {

/// N of the line "tty-index:	N" in a descriptor's fdinfo (Linux 4.14).
std::optional<int> master_index(int folder, const std::string& fd) {
    const auto text = sys::read_file_at(folder, "fdinfo/" + fd, 65536);
    if (!text) return std::nullopt;
    constexpr std::string_view key = "tty-index:";
    const std::size_t at = text->find(key);
    if (at == std::string::npos) return std::nullopt;
    const std::string_view value = trim(
        std::string_view(*text).substr(at + key.size(), text->find('\n', at) - at - key.size()));
    int index = -1;
    std::from_chars(value.data(), value.data() + value.size(), index);
    return index < 0 ? std::nullopt : std::optional(index);
}

std::uint64_t file_system_of(int folder, const std::string& fd) {
    struct stat info {};
    if (::fstatat(folder, ("fd/" + fd).c_str(), &info, 0) != 0) return 0;
    return info.st_dev;
}

/// The mode of the link is what the descriptor may be used for.
void read_direction(int folder, const std::string& fd, OpenFile& file) {
    struct stat link {};
    if (::fstatat(folder, ("fd/" + fd).c_str(), &link, AT_SYMLINK_NOFOLLOW) != 0) return;
    file.reads = (link.st_mode & S_IRUSR) != 0;
    file.writes = (link.st_mode & S_IWUSR) != 0;
}

void read_files(int folder, Process& process) {
    const auto names = sys::list_directory_at(folder, "fd");
    if (!names) return;
    process.files_known = true;
    for (const std::string& name : *names) {
        if (process.files.size() >= ProcessTable::most_files) break;
        const auto number = parse_u64(name);
        auto target = sys::read_link_at(folder, "fd/" + name);
        if (!number || !target) continue;
        OpenFile file{static_cast<int>(*number), true, true, std::move(*target)};
        if (file.target.starts_with("pipe:[")) read_direction(folder, name, file);
        if (file.target.ends_with("ptmx")) {
            const bool in_devpts = file.target.ends_with("/pts/ptmx");
            if (const auto index = master_index(folder, name))
                process.masters.push_back({*index, in_devpts ? file_system_of(folder, name) : 0});
        }
        if (process.devpts == 0 && file.target.starts_with("/dev/pts/"))
            process.devpts = file_system_of(folder, name);
        process.files.push_back(std::move(file));
    }
}

std::optional<Process> read_process(pid_t pid) {
    auto stat = sys::read_process_stat(pid);
    if (!stat || stat->kernel_thread) return std::nullopt;
    const auto status = sys::read_process_status(pid);
    if (!status) return std::nullopt;
    Process process;
    process.stat = std::move(*stat);
    process.status = *status;
    process.blocked = status->signals.blocked;
    constexpr std::uint64_t hangup = std::uint64_t{1} << (SIGHUP - 1);
    if (status->threads > 1 && (process.blocked & hangup) != 0)
        process.blocked = sys::blocked_by_all_threads(pid);
    process.arguments = sys::read_command_line(pid);
    if (process.arguments.empty()) return process;
    const auto folder = sys::open_directory("/proc/" + std::to_string(pid));
    if (!folder) return std::nullopt;
    process.program = sys::read_link_at(folder->get(), "exe").value_or("");
    process.directory = sys::read_link_at(folder->get(), "cwd").value_or("");
    process.cgroup = sys::read_file_at(folder->get(), "cgroup", 65536).value_or("");
    read_files(folder->get(), process);
    return process;
}

} // namespace

ProcessTable ProcessTable::read() {
    ProcessTable table;
    for (const pid_t pid : sys::all_pids()) {
        if (table.m_processes.size() >= most_processes) {
            table.m_truncated = true;
            break;
        }
        if (auto process = read_process(pid)) table.add(std::move(*process));
    }
    return table;
}

} // namespace outlast::check
