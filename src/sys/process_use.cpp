// What processes use.
#include "sys/process_use.hpp"

#include "base/text.hpp"
#include "sys/file.hpp"
#include "sys/process_info.hpp"

#include <algorithm>
#include <ctime>
#include <string>
#include <unistd.h>

namespace outlast::sys {
namespace {

constexpr std::size_t most_processes = 10'000;

/// The process's own CPU clock: to the nanosecond, where /proc/PID/stat counts in 10 ms.
Nanoseconds cpu_time(pid_t pid) {
    clockid_t clock{};
    timespec time{};
    if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return 0;
    return static_cast<Nanoseconds>(time.tv_sec) * ns_per_second + time.tv_nsec;
}

struct Pages {
    std::uint64_t resident = 0;
    std::uint64_t shared = 0;
};

Pages read_pages(const std::string& process) {
    const auto text = read_file(process + "statm", 4096);
    if (!text) return {};
    const auto fields = split(trim(*text), ' ');
    if (fields.size() < 3) return {};
    return {parse_u64(fields[1]).value_or(0), parse_u64(fields[2]).value_or(0)};
}

void add_io(const std::string& process, ProcessUse& use) {
    const auto text = read_file(process + "io", 4096);
    if (!text) return;
    use.io_known = true;
    for (const std::string_view line : split(*text, '\n')) {
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        const std::string_view name = line.substr(0, colon);
        const auto value = parse_u64(trim(line.substr(colon + 1))).value_or(0);
        if (name == "read_bytes") use.read_bytes += value;
        else if (name == "write_bytes") use.written_bytes += value;
    }
}

/// Adds the pids in one `children` file; false when there is no such file.
bool add_children(const std::string& path, std::vector<pid_t>& found) {
    const auto text = read_file(path, std::size_t{1} << 20);
    if (!text) return false;
    for (const std::string_view word : split(*text, ' ')) {
        if (const auto pid = parse_u64(word)) found.push_back(static_cast<pid_t>(*pid));
    }
    return true;
}

/// A child belongs to the thread that made it, so a process with several has several files.
void add_children_of_other_threads(pid_t pid, const std::string& tasks, std::vector<pid_t>& found) {
    struct stat info {};
    constexpr nlink_t links_with_one_thread = 3; // ".", ".." and one folder
    if (::stat(tasks.c_str(), &info) == 0 && info.st_nlink <= links_with_one_thread) return;
    const auto threads = list_directory_at(AT_FDCWD, tasks);
    if (!threads) return;
    for (const std::string& thread : *threads) {
        if (thread == std::to_string(pid)) continue;
        std::string path = tasks;
        path.append("/").append(thread).append("/children");
        (void)add_children(path, found);
    }
}

} // namespace

ProcessUse read_process_use(const std::vector<pid_t>& pids) {
    ProcessUse use;
    std::uint64_t own_pages = 0;
    std::uint64_t shared_pages = 0;
    for (const pid_t pid : pids) {
        const std::string process = "/proc/" + std::to_string(pid) + "/";
        const Pages pages = read_pages(process);
        own_pages += pages.resident - std::min(pages.resident, pages.shared);
        shared_pages = std::max(shared_pages, pages.shared);
        use.cpu += cpu_time(pid);
        add_io(process, use);
    }
    use.memory = (own_pages + shared_pages) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    return use;
}

std::vector<pid_t> glance_at_descendants(pid_t root) {
    std::vector<pid_t> found{root};
    for (std::size_t i = 0; i < found.size() && found.size() < most_processes; ++i) {
        const std::string tasks = "/proc/" + std::to_string(found[i]) + "/task";
        const bool told = add_children(tasks + "/" + std::to_string(found[i]) + "/children", found);
        if (told) add_children_of_other_threads(found[i], tasks, found);
        // A kernel without CONFIG_PROC_CHILDREN: the slow way, once.
        else if (i == 0 && exists(tasks)) return descendants_of(root);
    }
    return found;
}

} // namespace outlast::sys
