// Looking things up among all processes.
#include "check/process_table.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <sys/sysmacros.h>
#include <utility>

namespace outlast::check {
namespace {

constexpr unsigned pts_major_first = 136; // Documentation/admin-guide/devices.txt
constexpr unsigned pts_major_last = 143;
constexpr unsigned minors_of_a_major = 1U << 20U;
constexpr unsigned console_major = 4;
constexpr unsigned last_console = 63;

bool is_link(const std::string& target) {
    return target.starts_with("pipe:[") || target.starts_with("socket:[");
}

} // namespace

const OpenFile* Process::file(int fd) const {
    const auto found = std::find_if(files.begin(), files.end(),
                                    [fd](const OpenFile& each) { return each.fd == fd; });
    return found == files.end() ? nullptr : &*found;
}

std::string Process::command() const {
    constexpr std::size_t enough = 4096;
    if (arguments.empty()) return "[" + printable_line(stat.name) + "]";
    std::string line;
    for (const std::string& word : arguments) {
        if (!line.empty()) line += ' ';
        line += word;
        if (line.size() > enough) break;
    }
    return printable_line(line);
}

std::string Process::label() const {
    return printable_line(stat.name) + " (PID " + std::to_string(stat.pid) + ")";
}

ProcessTable::ProcessTable(std::vector<Process> processes) {
    for (Process& each : processes) add(std::move(each));
}

void ProcessTable::add(Process process) {
    const pid_t pid = process.pid();
    if (!process.files_known && !process.arguments.empty()) ++m_unseen;
    m_groups.emplace(process.stat.group, pid);
    for (const TerminalMaster& master : process.masters) m_masters.emplace(master.index, pid);
    for (const OpenFile& file : process.files) {
        if (is_link(file.target)) m_ends.emplace(file.target, pid);
    }
    m_processes.insert_or_assign(pid, std::move(process));
}

const Process* ProcessTable::find(pid_t pid) const {
    const auto found = m_processes.find(pid);
    return found == m_processes.end() ? nullptr : &found->second;
}

std::vector<const Process*> ProcessTable::group(pid_t group) const {
    std::vector<const Process*> members;
    const auto [first, last] = m_groups.equal_range(group);
    for (auto each = first; each != last; ++each) {
        const Process& process = m_processes.at(each->second);
        if (process.stat.state != 'Z' && process.stat.state != 'X') members.push_back(&process);
    }
    return members;
}

std::vector<const Process*> ProcessTable::holders(int index, std::uint64_t devpts) const {
    std::vector<const Process*> found;
    const auto [first, last] = m_masters.equal_range(index);
    for (auto each = first; each != last; ++each) {
        const Process& process = m_processes.at(each->second);
        const bool here = std::any_of(
            process.masters.begin(), process.masters.end(), [&](const TerminalMaster& master) {
                const bool elsewhere = master.device != 0 && devpts != 0 && master.device != devpts;
                return master.index == index && !elsewhere;
            });
        if (here && (found.empty() || found.back() != &process)) found.push_back(&process);
    }
    return found;
}

std::vector<const Process*> ProcessTable::readers(const std::string& target) const {
    return ends_of(target, &OpenFile::reads);
}

std::vector<const Process*> ProcessTable::writers(const std::string& target) const {
    return ends_of(target, &OpenFile::writes);
}

std::vector<const Process*> ProcessTable::ends_of(const std::string& target,
                                                  bool OpenFile::*way) const {
    std::vector<const Process*> found;
    const auto [first, last] = m_ends.equal_range(target);
    for (auto each = first; each != last; ++each) {
        const Process& process = m_processes.at(each->second);
        const bool has_it =
            std::any_of(process.files.begin(), process.files.end(),
                        [&](const OpenFile& file) { return file.*way && file.target == target; });
        if (has_it && (found.empty() || found.back() != &process)) found.push_back(&process);
    }
    return found;
}

std::optional<int> pts_index(int terminal) noexcept {
    const auto device = static_cast<unsigned>(terminal);
    const unsigned major_number = major(device);
    if (major_number < pts_major_first || major_number > pts_major_last) return std::nullopt;
    return static_cast<int>((major_number - pts_major_first) * minors_of_a_major + minor(device));
}

int pts_device(int index) noexcept {
    const auto number = static_cast<unsigned>(index);
    return static_cast<int>(
        makedev(pts_major_first + number / minors_of_a_major, number % minors_of_a_major));
}

std::string terminal_name(int terminal) {
    if (const auto index = pts_index(terminal)) return "pts/" + std::to_string(*index);
    const auto device = static_cast<unsigned>(terminal);
    if (major(device) == console_major && minor(device) <= last_console)
        return "tty" + std::to_string(minor(device));
    return "a terminal";
}

} // namespace outlast::check
