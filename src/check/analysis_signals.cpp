// Which signals come when a terminal goes, and what they do.
#include "check/analysis.hpp"
#include "check/program_role.hpp"

#include <algorithm>
#include <csignal>

namespace outlast::check {
namespace {

bool holds(std::uint64_t set, int signal) noexcept { return (set >> (signal - 1) & 1) != 0; }

bool is_stopped(const Process& process) noexcept { return process.stat.state == 'T'; }

struct Response {
    Mark mark = Mark::safe;
    const char* words = "";
};

Response response_to(const Process& process, int signal) {
    if (holds(process.status.signals.ignored, signal)) return {Mark::safe, "which it ignores"};
    const Manner manner = manner_at_hangup(process);
    if (holds(process.blocked, signal)) {
        if (manner == Manner::goes_on) return {Mark::safe, "which it is known to hold back"};
        if (manner == Manner::ends) return {Mark::dies, "on which it is known to end"}; // signalfd
        return {Mark::unknown, "which it holds back: what comes of it is its own affair"};
    }
    if (!holds(process.status.signals.caught, signal)) return {Mark::dies, "which ends it"};
    if (signal == SIGHUP && role_of(process) == Role::shell)
        return {Mark::dies, "on which a shell ends"};
    if (manner == Manner::ends) return {Mark::dies, "on which it is known to end"};
    return {Mark::unknown, "which it catches: what it does then is its own affair"};
}

/// The mark of a signal that comes only under a condition.
Mark possibly(Mark mark) noexcept { return std::min(mark, Mark::at_risk); }

const char* signal_word(int signal) { return signal == SIGTERM ? "SIGTERM" : "SIGHUP"; }

} // namespace

const Fate& Analysis::of_hangup(const Process& process) {
    const auto known = m_hangups.find(process.pid());
    if (known != m_hangups.end()) return known->second;
    static const Fate circle{Mark::unknown, "it depends on itself"};
    if (!m_asked.insert(process.pid()).second) return circle;
    Fate fate = find_hangup_fate(process);
    m_asked.erase(process.pid());
    return m_hangups.insert_or_assign(process.pid(), std::move(fate)).first->second;
}

Fate Analysis::find_hangup_fate(const Process& process) {
    const int number = process.stat.terminal;
    if (number == 0) return {Mark::safe, "it has no controlling terminal, so no hangup reaches it"};
    const Fate terminal = of_terminal(number, process.devpts);
    if (terminal.mark == Mark::safe) return {Mark::safe, terminal.reason};
    std::vector<Signal> signals;
    add_kernel_signals(process, terminal, signals);
    add_shell_signals(process, signals);
    add_orphan_signals(process, signals);
    Fate worst{Mark::safe, {}};
    for (const Signal& signal : signals) {
        const Response response = response_to(process, signal.number);
        const Mark mark = std::min(signal.arrives, response.mark);
        if (!worst.reason.empty() && mark <= worst.mark) continue;
        worst.mark = mark;
        worst.reason = signal.why + " (" + signal_word(signal.number) + "), " + response.words;
    }
    if (signals.empty()) worst.reason = quiet_reason(process);
    if (worst.mark != Mark::safe && terminal.mark != Mark::dies)
        worst.reason += "; " + terminal.reason;
    if (role_of(process) != Role::shell || worst.mark >= terminal.mark) return worst;
    // While it waits for a job in the foreground it does not read.
    const bool reads = process.stat.group == process.stat.foreground_group;
    const Mark ends = reads ? terminal.mark : possibly(terminal.mark);
    if (ends > worst.mark)
        worst = {ends, "it is a shell, and reads the end of its input when " +
                           terminal_name(number) + " is gone"};
    return worst;
}

Mark Analysis::ends_by_hangup(const Process& process) {
    return m_ends.contains(process.pid()) ? Mark::dies : of_hangup(process).mark;
}

void Analysis::add_kernel_signals(const Process& process, const Fate& terminal,
                                  std::vector<Signal>& signals) {
    const std::string name = terminal_name(process.stat.terminal);
    if (process.stat.session == process.pid()) {
        signals.push_back({terminal.mark, SIGHUP,
                           "it leads the session of " + name + ", and is told when that goes"});
        return;
    }
    if (process.stat.group != process.stat.foreground_group) return;
    const Process* leader = m_table.find(process.stat.session);
    const Mark ends = leader != nullptr ? ends_by_hangup(*leader) : Mark::unknown;
    const std::string who = leader != nullptr ? leader->label() : std::string("the leader");
    signals.push_back(
        {ends, SIGHUP,
         "it is in the foreground of " + name + ", and hung up when " + who + " ends"});
}

/// The shells that have its process group in their job tables: those that are the parent of one of
/// its members.
void Analysis::add_shell_signals(const Process& process, std::vector<Signal>& signals) {
    std::set<pid_t> seen;
    for (const Process* member : m_table.group(process.stat.group)) {
        const Process* parent = m_table.find(member->stat.parent);
        if (parent == nullptr || parent->stat.session != process.stat.session) continue;
        if (parent->stat.group == process.stat.group || role_of(*parent) != Role::shell) continue;
        if (!seen.insert(parent->pid()).second) continue;
        const shell::JobTable& jobs = jobs_of(*parent);
        const shell::Job* job = jobs.of_group(process.stat.group);
        if (jobs.kind == shell::Kind::dash) continue;
        if (job == nullptr && jobs.is_complete()) continue;
        const Mark ends = ends_by_hangup(*parent);
        const bool for_certain = job != nullptr && jobs.is_complete();
        const auto parting = job != nullptr ? job->parting : shell::Parting::unknown;
        const std::string who = "its shell " + parent->label();
        // A shell within a shell may read the end of its input before the outer one hangs it up,
        // and leaves its jobs alone then; the kernel signals the leader before that.
        const bool leads = parent->pid() == parent->stat.session;
        if (parting == shell::Parting::hangs_up && leads)
            signals.push_back({ends, SIGHUP, who + " hangs up its jobs when it ends"});
        if (parting == shell::Parting::hangs_up && !leads)
            signals.push_back(
                {possibly(ends), SIGHUP,
                 who + " hangs up its jobs, unless the end of its input comes first"});
        if (parting == shell::Parting::unknown)
            signals.push_back({possibly(ends), SIGHUP,
                               who + " hangs up its jobs when it ends, unless they were disowned, "
                                     "which cannot be seen"});
        if (jobs.kind == shell::Kind::bash && is_stopped(process))
            signals.push_back({for_certain ? ends : possibly(ends), SIGTERM,
                               who + " ends its stopped jobs when it ends"});
    }
}

/// setpgid(2): when a parent ends and thereby leaves a group with a stopped member without any
/// member whose parent is in the same session but another group, the kernel sends SIGHUP, SIGCONT.
void Analysis::add_orphan_signals(const Process& process, std::vector<Signal>& signals) {
    const auto members = m_table.group(process.stat.group);
    const bool stopped = std::any_of(members.begin(), members.end(),
                                     [](const Process* member) { return is_stopped(*member); });
    if (!stopped) return;
    Mark arrives = Mark::dies;
    bool linked = false;
    for (const Process* member : members) {
        const Process* parent = m_table.find(member->stat.parent);
        if (parent == nullptr || parent->stat.session != process.stat.session) continue;
        if (parent->stat.group == process.stat.group) continue;
        linked = true;
        arrives = std::min(arrives, ends_by_hangup(*parent));
    }
    if (!linked) return; // orphaned already
    signals.push_back(
        {arrives, SIGHUP,
         is_stopped(process)
             ? "it is stopped, and the kernel hangs stopped jobs up when their shell ends"
             : "a process of its group is stopped, and the kernel hangs such a group "
               "up when its shell ends"});
}

std::string Analysis::quiet_reason(const Process& process) {
    const std::string name = terminal_name(process.stat.terminal);
    for (const Process* member : m_table.group(process.stat.group)) {
        const Process* parent = m_table.find(member->stat.parent);
        if (parent == nullptr || role_of(*parent) != Role::shell) continue;
        if (parent->stat.session != process.stat.session) continue;
        if (jobs_of(*parent).kind == shell::Kind::dash)
            return "its shell " + parent->label() + " leaves jobs in the background alone";
        return "its shell " + parent->label() +
               " will not hang it up: it was disowned, or is none "
               "of its jobs";
    }
    return "it is in the background of " + name + ", and no job of a shell: nobody hangs it up";
}

} // namespace outlast::check
