// The job table of an interactive shell.
#include "shell/job_table.hpp"

#include "base/text.hpp"
#include "shell/shell_memory.hpp"
#include "sys/file.hpp"
#include "sys/process_info.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <unistd.h>

namespace outlast::shell {
namespace {

constexpr std::size_t most_jobs = 4096;

/// Words that are separated by any number of blanks or tabs.
std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    while (!line.empty()) {
        const std::size_t begin = line.find_first_not_of(" \t\r");
        if (begin == std::string_view::npos) break;
        line.remove_prefix(begin);
        const std::size_t end = std::min(line.find_first_of(" \t\r"), line.size());
        words.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
    return words;
}

std::optional<Job> make_job(std::string_view number, std::string_view group, char mark,
                            Parting parting) {
    const auto job = parse_u64(number);
    const auto pid = parse_u64(group);
    if (!job || *job == 0 || *job > most_jobs || !pid || *pid == 0 || *pid > INT32_MAX)
        return std::nullopt;
    return Job{static_cast<unsigned>(*job), static_cast<pid_t>(*pid), mark, parting};
}

/// "[2]- 4312 Running    sleep 200". `disown -h` leaves no trace here.
std::optional<Job> bash_line(std::string_view line) {
    const std::size_t close = line.find(']');
    if (!line.starts_with('[') || close == std::string_view::npos) return std::nullopt;
    const auto words = words_of(line.substr(close + 1));
    if (words.empty()) return std::nullopt;
    const bool marked = words[0] == "+" || words[0] == "-";
    if (marked && words.size() < 2) return std::nullopt;
    return make_job(line.substr(1, close - 1), words[marked ? 1 : 0],
                    marked ? words[0].front() : ' ', Parting::unknown);
}

/// "2	14062	0%	running	sleep 200 &"
std::optional<Job> fish_line(std::string_view line) {
    const auto words = words_of(line);
    if (words.size() < 3) return std::nullopt;
    return make_job(words[0], words[1], ' ', Parting::hangs_up);
}

/// "2 running:+:4312=running:4313=running"; a state may be of several words.
std::optional<Job> zsh_line(std::string_view line, bool hangs_up) {
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    const auto parts = split(line.substr(blank + 1), ':');
    if (parts.size() < 3) return std::nullopt;
    const char mark = parts[1].empty() ? ' ' : parts[1].front();
    const bool signalled = hangs_up && parts[0] != "suspended";
    return make_job(line.substr(0, blank), parts[2].substr(0, parts[2].find('=')), mark,
                    signalled ? Parting::hangs_up : Parting::leaves_alone);
}

void sort_jobs(JobTable& table) {
    std::sort(table.jobs.begin(), table.jobs.end(),
              [](const Job& a, const Job& b) { return a.number < b.number; });
}

/// The process groups of the shell's living children, other than its own.
std::set<pid_t> groups_of_children(pid_t shell) {
    std::set<pid_t> groups;
    const auto own = sys::read_process_stat(shell);
    if (!own) return groups;
    for (const pid_t pid : sys::all_pids()) {
        const auto stat = sys::read_process_stat(pid);
        const bool child = stat && stat->parent == shell && stat->state != 'Z';
        if (child && stat->group != own->group && stat->session == own->session)
            groups.insert(stat->group);
    }
    return groups;
}

Kind interactive_kind_of(pid_t pid) {
    const auto stat = sys::read_process_stat(pid);
    if (!stat) return Kind::none;
    const std::string folder = "/proc/" + std::to_string(pid);
    const std::string program = sys::read_link(folder + "/exe").value_or(stat->name);
    // tcsh reads its commands from another descriptor than 0, which it closes.
    const std::string input = sys::read_link(folder + "/fd/0").value_or("/dev/tty");
    const bool terminal =
        stat->terminal != 0 &&
        ((input.starts_with("/dev/") && input != "/dev/null") || reads_elsewhere(program));
    return interactive_kind(program, sys::read_command_line(pid), terminal);
}

bool is_ancestor(pid_t wanted) {
    for (pid_t pid = ::getppid(); pid > 1;) {
        if (pid == wanted) return true;
        const auto stat = sys::read_process_stat(pid);
        pid = stat ? stat->parent : 0;
    }
    return false;
}

std::string typed_instead() {
    return "use the PID, as `jobs -l` shows it; or let the shell tell its jobs: "
           "eval \"$(outlast hook bash)\"";
}

} // namespace

const Job* JobTable::of_group(pid_t group) const {
    const auto found =
        std::find_if(jobs.begin(), jobs.end(), [&](const Job& job) { return job.group == group; });
    return found == jobs.end() ? nullptr : &*found;
}

std::optional<JobTable> parse_hook(std::string_view text) {
    const auto lines = split(text, '\n');
    const auto head = words_of(lines.empty() ? std::string_view() : lines[0]);
    if (head.size() < 2) return std::nullopt;
    JobTable table;
    table.kind = kind_of(head[0]);
    table.source = JobTable::Source::hook;
    const auto pid = parse_u64(head[1]);
    if (!pid || *pid == 0 || *pid > INT32_MAX) return std::nullopt;
    table.shell = static_cast<pid_t>(*pid);
    const bool hangs_up = head.size() < 3 || head[2] != "nohup";
    for (std::size_t i = 1; i < lines.size() && table.jobs.size() < most_jobs; ++i) {
        std::optional<Job> job;
        if (table.kind == Kind::bash) job = bash_line(lines[i]);
        else if (table.kind == Kind::zsh) job = zsh_line(lines[i], hangs_up);
        else if (table.kind == Kind::fish) job = fish_line(lines[i]);
        else return std::nullopt;
        if (job) table.jobs.push_back(*job);
    }
    // fish lists the newest first and marks none.
    if (table.kind == Kind::fish && !table.jobs.empty()) table.jobs.front().mark = '+';
    sort_jobs(table);
    return table;
}

JobTable read_job_table(pid_t pid, Kind kind) {
    JobTable table{pid, kind, JobTable::Source::children, {}};
    const std::set<pid_t> groups = groups_of_children(pid);
    std::optional<std::vector<Job>> jobs;
    if (kind == Kind::bash) jobs = read_bash_jobs(pid, groups);
    if (kind == Kind::zsh) jobs = read_zsh_jobs(pid, groups);
    if (jobs) {
        table.source = JobTable::Source::memory;
        table.jobs = std::move(*jobs);
    } else {
        for (const pid_t group : groups) table.jobs.push_back({0, group, ' ', Parting::unknown});
    }
    return table;
}

std::optional<JobTable> calling_shell() {
    if (const char* text = std::getenv("OUTLAST_SHELL_JOBS")) {
        auto table = parse_hook(text);
        if (table && is_ancestor(table->shell)) {
            // Its own memory also knows `disown -h`.
            JobTable seen = read_job_table(table->shell, table->kind);
            if (seen.source == JobTable::Source::memory) return seen;
            return table;
        }
    }
    for (pid_t pid = ::getppid(); pid > 1;) {
        const Kind kind = interactive_kind_of(pid);
        if (kind != Kind::none) return read_job_table(pid, kind);
        const auto stat = sys::read_process_stat(pid);
        pid = stat ? stat->parent : 0;
    }
    return std::nullopt;
}

Result<Job> find_job(const JobTable& table, std::string_view selector) {
    const std::string shown = printable_line(selector);
    const std::string_view which = selector.substr(std::min<std::size_t>(1, selector.size()));
    const auto number = parse_u64(which);
    const bool current = which.empty() || which == "%" || which == "+";
    if (!selector.starts_with('%') || (!number && !current && which != "-")) {
        return fail(Errc::usage, "\"" + shown + "\" is no job of a shell", {},
                    "%1, %2 …, %% for the current job, %- for the previous one");
    }
    // Our own process group is a child's of the shell too, and no job.
    std::vector<Job> jobs;
    for (const Job& job : table.jobs) {
        if (job.group != ::getpgrp()) jobs.push_back(job);
    }
    if (jobs.empty()) {
        return fail(Errc::no_such_job,
                    "the shell (PID " + std::to_string(table.shell) + ") has no job " + shown,
                    "it has no jobs");
    }
    if (!table.is_complete()) {
        if (jobs.size() == 1) return jobs[0];
        std::string groups;
        for (const Job& job : jobs)
            groups += (groups.empty() ? "" : ", ") + std::to_string(job.group);
        return fail(Errc::usage, "which job is " + shown + "?",
                    "the shell does not tell its job numbers; its jobs begin with the PIDs " +
                        groups,
                    typed_instead());
    }
    const auto matches = [&](const Job& job) {
        if (number) return job.number == *number;
        return job.mark == (current ? '+' : '-');
    };
    const auto found = std::find_if(jobs.begin(), jobs.end(), matches);
    if (found != jobs.end()) return *found;
    std::string known;
    for (const Job& job : jobs) known += (known.empty() ? "%" : ", %") + std::to_string(job.number);
    return fail(Errc::no_such_job,
                "the shell (PID " + std::to_string(table.shell) + ") has no job " + shown, {},
                "its jobs: " + known);
}

} // namespace outlast::shell
