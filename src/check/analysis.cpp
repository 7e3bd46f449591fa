// What becomes of terminals and processes when their connections end.
#include "check/analysis.hpp"

#include "base/text.hpp"
#include "check/program_role.hpp"

#include <algorithm>
#include <utility>

namespace outlast::check {
namespace {

constexpr int most_ancestors = 1000;

/// "sshd: alice@pts/3" or "sshd: alice@pts/3,pts/4": a server that names the terminals it holds.
bool names_terminal(const Process& process, int index) {
    if (process.arguments.empty()) return false;
    const std::string wanted = "pts/" + std::to_string(index);
    const std::string& title = process.arguments[0];
    const std::size_t at = title.find('@');
    if (at == std::string::npos) return false;
    for (const std::string_view name : split(std::string_view(title).substr(at + 1), ',')) {
        if (trim(name) == wanted) return true;
    }
    return false;
}

/// Root's holder of sessions (`outlast adopt --session`), whose descriptors users do not see. One
/// that holds a single terminal says so in its title.
bool is_hidden_holder(const Process& process) {
    return !process.files_known && process.stat.name == "outlast-holder" &&
           process.status.uids.real == 0 && !process.arguments.empty();
}

bool says_it_holds(const Process& process, int index) {
    return is_hidden_holder(process) &&
           process.arguments[0] == "outlast: holder of pts/" + std::to_string(index);
}

void add_once(std::vector<const Process*>& list, const Process* process) {
    if (process != nullptr && std::find(list.begin(), list.end(), process) == list.end())
        list.push_back(process);
}

Mark mark_of(Outcome outcome) noexcept {
    if (outcome == Outcome::survives) return Mark::safe;
    return outcome == Outcome::ends ? Mark::dies : Mark::unknown;
}

} // namespace

Analysis::Analysis(const ProcessTable& table, World world, std::set<pid_t> ends)
    : m_table(table), m_world(std::move(world)), m_ends(std::move(ends)) {}

/// Those that are seen to hold the master; and those whose descriptors are hidden but who must be
/// the ones: the parent of the terminal's session leader, or a server whose title names it.
std::vector<const Process*> Analysis::holders_of(int index, int terminal,
                                                 std::uint64_t devpts) const {
    std::vector<const Process*> holders = m_table.holders(index, devpts);
    for (const auto& [pid, process] : m_table.all()) {
        const bool leads = process.stat.terminal == terminal && process.stat.session == pid;
        if (leads && (devpts == 0 || process.devpts == 0 || process.devpts == devpts)) {
            const Process* parent = m_table.find(process.stat.parent);
            if (parent != nullptr && !parent->files_known && parent->pid() != 1)
                add_once(holders, parent);
        }
        const bool serves = !process.files_known && role_of(process) == Role::connection &&
                            names_terminal(process, index);
        if (serves || says_it_holds(process, index)) add_once(holders, &process);
    }
    return holders;
}

const Fate& Analysis::of_terminal(int terminal, std::uint64_t devpts) {
    const auto key = std::pair(terminal, devpts);
    const auto known = m_terminals.find(key);
    if (known != m_terminals.end()) return known->second;
    Fate fate = find_terminal_fate(terminal, devpts);
    return m_terminals.insert_or_assign(key, std::move(fate)).first->second;
}

Fate Analysis::find_terminal_fate(int terminal, std::uint64_t devpts) {
    const std::string name = terminal_name(terminal);
    const auto index = pts_index(terminal);
    if (!index) return {Mark::at_risk, name + " is no connection; logging out there hangs it up"};
    const auto holders = holders_of(*index, terminal, devpts);
    if (holders.empty()) return {Mark::unknown, "nobody that can be seen from here holds " + name};
    Fate best{Mark::dies, {}};
    for (const Process* holder : holders) {
        const Fate fate = of_process(*holder);
        if (!best.reason.empty() && fate.mark >= best.mark) continue;
        best.mark = fate.mark;
        best.reason = name + " is held by " + holder->label();
        if (fate.mark == Mark::safe) best.reason += ", which stays";
        else if (fate.mark == Mark::dies) best.reason += ", which goes with the connection";
        else best.reason += " (" + fate.reason + ")";
    }
    if (best.mark < Mark::at_risk) return best;
    // A holder of every session does not say which.
    for (const auto& [pid, process] : m_table.all()) {
        if (!is_hidden_holder(process) || process.arguments[0].starts_with("outlast: ")) continue;
        return {Mark::unknown, best.reason + "; " + process.label() +
                                   " may hold it as well, which only root sees"};
    }
    return best;
}

const Survival& Analysis::at_logout(const Process& process) {
    const std::string key = std::to_string(process.status.uids.real) + " " + process.cgroup;
    const auto known = m_logouts.find(key);
    if (known != m_logouts.end()) return known->second;
    return m_logouts.emplace(key, m_world.at_logout(process)).first->second;
}

/// A process in the scope of one of the user's logins that stays when that ends: systemd-logind
/// does not take the user for gone before that, and keeps user@UID.service and /run/user/UID.
const Process* Analysis::what_keeps_manager(uid_t owner) {
    const auto known = m_lasting.find(owner);
    if (known != m_lasting.end()) return known->second;
    m_lasting.emplace(owner, nullptr); // for who asks again meanwhile
    const Process* kept_by = nullptr;
    for (const auto& [pid, process] : m_table.all()) {
        const Place place = parse_place(process.cgroup);
        if (place.kind != PlaceKind::session || place.owner != owner) continue;
        if (process.stat.state == 'Z' || of_process(process).mark == Mark::dies) continue;
        kept_by = &process;
        break;
    }
    return m_lasting.insert_or_assign(owner, kept_by).first->second;
}

Verdict Analysis::of_logout(const Process& process) {
    const Survival& survival = at_logout(process);
    Verdict verdict{Threat::logout, mark_of(survival.outcome), survival.why, survival.fix};
    const Place place = parse_place(process.cgroup);
    if (verdict.mark != Mark::dies || place.kind != PlaceKind::user_manager || !place.owner)
        return verdict;
    const Process* kept_by = what_keeps_manager(*place.owner);
    if (kept_by == nullptr) return verdict;
    verdict.mark = Mark::at_risk;
    verdict.reason += ", unless something of a login stays, as " + kept_by->label() + " does";
    return verdict;
}

Fate Analysis::of_process(const Process& process) {
    if (m_ends.contains(process.pid())) return {Mark::dies, "it is taken to end"};
    const Role role = role_of(process);
    if (role == Role::connection) return {Mark::dies, "it is the connection"};
    if (role == Role::window) return {Mark::dies, "it is the window of the terminal"};
    // What is asked about itself keeps itself alive: a process that holds the master of its own
    // terminal is not hung up.
    if (m_asked.contains(process.pid())) return {Mark::safe, {}};
    Fate fate = of_hangup(process);
    const Verdict logout = of_logout(process);
    if (logout.mark > fate.mark) fate = {logout.mark, logout.reason};
    return fate;
}

const Process* Analysis::connection_of(const Process& process) const {
    const Process* each = m_table.find(process.stat.parent);
    for (int i = 0; each != nullptr && i < most_ancestors; ++i) {
        if (m_ends.contains(each->pid()) || role_of(*each) == Role::connection) return each;
        each = m_table.find(each->stat.parent);
    }
    return nullptr;
}

const shell::JobTable& Analysis::jobs_of(const Process& shell) {
    const auto known = m_jobs.find(shell.pid());
    if (known != m_jobs.end()) return known->second;
    const std::string& program = shell.program.empty() ? shell.stat.name : shell.program;
    const auto kind = shell::interactive_kind(program, shell.arguments, true);
    return m_jobs.emplace(shell.pid(), m_world.job_table(shell.pid(), kind)).first->second;
}

} // namespace outlast::check
