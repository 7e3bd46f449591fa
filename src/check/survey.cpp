// What becomes of processes when the connection drops.
#include "check/survey.hpp"

#include "base/text.hpp"
#include "check/analysis.hpp"
#include "check/threats.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <unistd.h>

namespace outlast::check {
namespace {

/// The world as it is. What the shell that called us told of its jobs goes before what is read.
Analysis::World real_world() {
    auto calling = std::make_shared<std::optional<shell::JobTable>>(shell::calling_shell());
    return {[calling](pid_t pid, shell::Kind kind) {
                if (*calling && (*calling)->shell == pid) return **calling;
                return shell::read_job_table(pid, kind);
            },
            [](const Process& process) {
                const Place place = parse_place(process.cgroup);
                if (process.cgroup.empty()) return check_survival(process.pid());
                return judge(place, look_at_host(place, process.pid()));
            }};
}

class Surveyor {
public:
    explicit Surveyor(const SurveyOptions& options)
        : m_table(ProcessTable::read()), m_analysis(m_table, real_world(), options.ends),
          m_own(m_table.find(::getpid())) {
        for (const auto& [pid, process] : m_table.all()) {
            if (process.stat.name == "systemd-oomd") m_memory.set_oomd(true);
        }
    }

    [[nodiscard]] const ProcessTable& table() const noexcept { return m_table; }
    [[nodiscard]] const Process* own() const noexcept { return m_own; }

    void add(const Process& process) {
        auto group =
            std::find_if(m_survey.groups.begin(), m_survey.groups.end(),
                         [&](const GroupReport& each) { return each.group == process.stat.group; });
        if (group == m_survey.groups.end()) {
            m_survey.groups.push_back({process.stat.group, is_here(process), {}});
            group = m_survey.groups.end() - 1;
        }
        const bool leads = process.pid() == process.stat.group;
        group->members.insert(leads ? group->members.begin() : group->members.end(),
                              report(process));
    }

    Survey finish() {
        const auto key = [](const GroupReport& group) {
            return std::tuple(!group.is_work(), -static_cast<int>(group.mark()),
                              !group.in_this_session, group.group);
        };
        std::sort(m_survey.groups.begin(), m_survey.groups.end(),
                  [&](const GroupReport& a, const GroupReport& b) { return key(a) < key(b); });
        if (m_own != nullptr && m_own->stat.terminal != 0)
            m_survey.terminal = terminal_name(m_own->stat.terminal);
        const Process* connection = m_own != nullptr ? m_analysis.connection_of(*m_own) : nullptr;
        if (connection != nullptr) m_survey.connection = connection->label();
        return std::move(m_survey);
    }

    void say_unseen(std::string sentence) { m_survey.unseen.push_back(std::move(sentence)); }

    /// Of the session that this process runs in, whose number is nobody else's as long as this
    /// process is in it. A terminal is the controlling one of one session only (tty_ioctl(4),
    /// TIOCSCTTY), and its number says less: another devpts, in a container, has terminals of the
    /// same numbers, and the kernel shows them alike.
    [[nodiscard]] bool is_here(const Process& process) const {
        if (m_own == nullptr || process.stat.session != m_own->stat.session) return false;
        // 0: the session's leader is not in our pid namespace (docker exec), as others' may be.
        return m_own->stat.session != 0 ||
               (m_own->stat.terminal != 0 && process.stat.terminal == m_own->stat.terminal);
    }

private:
    ProcessReport report(const Process& process) {
        ProcessReport report;
        report.pid = process.pid();
        report.start_ticks = process.stat.start_ticks;
        report.parent = process.stat.parent;
        report.group = process.stat.group;
        report.session = process.stat.session;
        report.owner = process.status.uids.real;
        report.state = process.stat.state;
        report.role = role_of(process);
        report.name = printable_line(process.stat.name);
        report.command = process.command();
        if (process.stat.terminal != 0) report.terminal = terminal_name(process.stat.terminal);
        report.verdicts = {judge_hangup(m_analysis, process),
                           judge_terminal(m_analysis, process),
                           judge_pipeline(m_analysis, process),
                           judge_logout(m_analysis, process),
                           m_memory.judge(process),
                           judge_reboot(process)};
        return report;
    }

    ProcessTable m_table;
    Analysis m_analysis;
    const Process* m_own; ///< this process; nullptr when /proc does not show it
    Survey m_survey;
    MemoryJudge m_memory;
};

bool is_alive(const Process& process) {
    return process.stat.state != 'Z' && process.stat.state != 'X' && !process.arguments.empty();
}

} // namespace

Mark ProcessReport::mark() const noexcept { return worst().mark; }

const Verdict& ProcessReport::worst() const noexcept {
    const Verdict* worst = &verdicts.front();
    for (const Verdict& each : verdicts) {
        if (counts(each.threat) && each.mark > worst->mark) worst = &each;
    }
    return *worst;
}

const Verdict& ProcessReport::on(Threat threat) const {
    return verdicts.at(static_cast<std::size_t>(threat));
}

Mark GroupReport::mark() const noexcept { return worst().mark(); }

const ProcessReport& GroupReport::worst() const noexcept {
    const ProcessReport* worst = &members.front();
    for (const ProcessReport& each : members) {
        if (each.mark() > worst->mark()) worst = &each;
    }
    return *worst;
}

bool GroupReport::is_work() const noexcept {
    return std::any_of(members.begin(), members.end(),
                       [](const ProcessReport& each) { return each.role == Role::work; });
}

std::vector<const GroupReport*> Survey::to_rescue() const {
    std::vector<const GroupReport*> found;
    for (const GroupReport& group : groups) {
        if (group.in_this_session && group.is_work() && group.mark() != Mark::safe)
            found.push_back(&group);
    }
    return found;
}

Survey survey(const SurveyOptions& options) {
    Surveyor surveyor(options);
    const uid_t user = ::geteuid();
    std::size_t hidden = 0;
    for (const auto& [pid, process] : surveyor.table().all()) {
        if (!is_alive(process) || process.stat.group == ::getpgrp()) continue;
        const bool ours = process.status.uids.real == user || process.status.uids.effective == user;
        if (!ours && !surveyor.is_here(process)) continue;
        if (!process.files_known && role_of(process) != Role::connection) ++hidden;
        surveyor.add(process);
    }
    if (hidden > 0)
        surveyor.say_unseen("what " + std::to_string(hidden) +
                            (hidden == 1 ? " process has" : " processes have") +
                            " open may not be seen (sudo outlast check sees it)");
    if (surveyor.table().truncated())
        surveyor.say_unseen("there are more processes than are looked at (65,536)");
    return surveyor.finish();
}

Survey survey_of(const std::vector<pid_t>& pids, const SurveyOptions& options) {
    Surveyor surveyor(options);
    for (const pid_t pid : pids) {
        const Process* process = surveyor.table().find(pid);
        if (process != nullptr && is_alive(*process)) surveyor.add(*process);
    }
    return surveyor.finish();
}

} // namespace outlast::check
