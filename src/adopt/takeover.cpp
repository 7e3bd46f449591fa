// Takes running processes over.
#include "adopt/takeover.hpp"

#include "adopt/fault.hpp"
#include "adopt/freeze.hpp"
#include "adopt/group_move.hpp"
#include "adopt/old_shell.hpp"
#include "adopt/session_move.hpp"
#include "adopt/stop.hpp"
#include "sys/pidfd.hpp"
#include "sys/process_info.hpp"

#include <algorithm>
#include <csignal>
#include <optional>
#include <poll.h>
#include <unistd.h>

namespace outlast::adopt {
namespace {

constexpr Nanoseconds shell_time = 300 * ns_per_ms; // for the old shell to take its terminal back
// For a program to ask for the size that it was told of: it draws everything for a new one only.
constexpr Nanoseconds size_time = 100 * ns_per_ms;

/// One takeover, from the standstill to the end of it.
class Run {
public:
    Run(Plan plan, const NewTerminal* terminal) : m_plan(std::move(plan)), m_terminal(terminal) {}

    [[nodiscard]] Result<Takeover> execute(const Confirm& confirm);

private:
    [[nodiscard]] Result<> change(const Confirm& confirm);
    [[nodiscard]] Result<> open_members();
    [[nodiscard]] Result<> move_descriptors();
    [[nodiscard]] Result<> move_group();
    void foresee();
    void change_sessions();
    void own_terminal(FrozenMember& owner);
    void release_leader(FrozenMember& leader);
    void let_go();
    void await_shell();
    void ask_for_redraw();
    void signal_members(int signal, const std::vector<pid_t>& only);

    [[nodiscard]] bool is_mover(const Member& member) const;
    [[nodiscard]] FrozenMember* find(pid_t pid);
    void add_flaw(const std::string& what, const Error& error);

    Plan m_plan;
    const NewTerminal* m_terminal; ///< null: there is none
    FrozenMembers m_members;
    Journal m_journal;
    GroupMove m_group_move;
    pid_t m_owner = 0;                   ///< of the new terminal, as it was chosen
    std::vector<pid_t> m_awaited;        ///< by the old shell
    std::vector<sys::UniqueFd> m_halted; ///< pidfds of those
    std::vector<sys::UniqueFd> m_redraw; ///< pidfds of those that draw anew for another size
    Takeover m_result;
};

bool Run::is_mover(const Member& member) const {
    const Member& main = m_plan.main_member();
    return main.has_controlling && !main.leads_session() && member.group == main.group &&
           member.session == main.session && member.pid != m_owner;
}

FrozenMember* Run::find(pid_t pid) {
    for (const auto& member : m_members) {
        if (member->member.pid == pid) return member.get();
    }
    return nullptr;
}

void Run::add_flaw(const std::string& what, const Error& error) {
    m_result.flaws.push_back(what + ": " + error.message());
}

Result<> Run::open_members() {
    for (const auto& member : m_members) {
        const Member& facts = member->member;
        const bool leader = facts.leads_session() && facts.has_controlling;
        const bool moves_files = m_terminal != nullptr && !facts.use.descriptors.empty();
        if (!moves_files && !is_mover(facts) && facts.pid != m_owner && !leader) continue;
        if (auto opened = member->open(); !opened) return opened;
    }
    return {};
}

Result<> Run::move_descriptors() {
    if (m_terminal == nullptr) return {};
    for (const auto& member : m_members) {
        if (!member->remote || member->member.use.descriptors.empty()) continue;
        if (auto moved = member->descriptors->move(member->member.use, *m_terminal, m_journal);
            !moved) {
            return fail(
                std::move(moved.error()).within("process " + std::to_string(member->member.pid)));
        }
        m_result.descriptors += member->member.use.descriptors.size();
    }
    // Opening it can fail; taking it as the controlling terminal comes when nothing may.
    for (const pid_t pid : {m_owner, m_plan.main_member().leads_session() ? m_plan.main : 0}) {
        FrozenMember* const owner = find(pid);
        if (owner == nullptr || !owner->remote) continue;
        if (auto opened = owner->descriptors->opened(*m_terminal, m_journal); !opened)
            return fail(opened.error());
    }
    return {};
}

Result<> Run::move_group() {
    std::vector<RemoteProcess*> movers;
    for (const auto& member : m_members) {
        if (is_mover(member->member)) movers.push_back(&*member->remote);
    }
    return m_group_move.move(movers, m_journal);
}

/// What the processes will be when this is over, for whoever confirms it.
void Run::foresee() {
    const Member& main = m_plan.main_member();
    const bool leader_stays = main.leads_session() && main.has_controlling && m_terminal != nullptr;
    m_result.terminal_owner = leader_stays ? m_plan.main : m_owner;
    m_result.away_from_hangup = true; // a process without the terminal is in no danger of it
    for (const auto& member : m_members) {
        const pid_t pid = member->member.pid;
        const auto stat = sys::read_process_stat(pid);
        const pid_t group = stat ? stat->group : 0;
        m_result.processes.push_back(
            {pid, member->member.start_ticks, pid == m_owner ? pid : group});
        m_result.continued = m_result.continued || member->member.stopped;
        if (member->member.use.has_io_uring) {
            m_result.flaws.push_back("process " + std::to_string(pid) +
                                     " has an io_uring: a read that waits in it stays with the old "
                                     "terminal");
        }
    }
}

Result<> Run::change(const Confirm& confirm) {
    if (auto opened = open_members(); !opened) return opened;
    if (auto moved = move_descriptors(); !moved) return moved;
    if (auto moved = move_group(); !moved) return moved;
    foresee();
    if (auto fault = fault_point("confirm"); !fault) return fault;
    return confirm(m_result);
}

void Run::own_terminal(FrozenMember& owner) {
    if (auto led = lead_session(*owner.remote); !led) {
        add_flaw("it could not be taken out of its shell's reach", led.error());
        m_result.away_from_hangup = false;
        m_result.terminal_owner = 0;
        return;
    }
    const auto fd = owner.descriptors->opened(*m_terminal, m_journal);
    const auto taken =
        fd ? take_controlling_terminal(*owner.remote, *fd) : Result<>(fail(fd.error()));
    if (taken) return;
    add_flaw("it has no controlling terminal", taken.error());
    m_result.terminal_owner = 0;
}

void Run::release_leader(FrozenMember& leader) {
    const auto stat = sys::read_process_stat(leader.member.pid);
    std::vector<RemoteProcess*> reached;
    for (const auto& member : m_members) {
        if (!stat || member->member.group != stat->foreground_group) continue;
        if (auto opened = member->open(); !opened) add_flaw("it may be hung up", opened.error());
        else reached.push_back(&*member->remote);
    }
    const auto released =
        release_controlling_terminal(*leader.remote, leader.descriptors->old_descriptor(), reached);
    if (!released) {
        add_flaw("it could not be taken away from its terminal", released.error());
        m_result.away_from_hangup = false;
    }
    if (m_terminal == nullptr) return;
    const auto fd = leader.descriptors->opened(*m_terminal, m_journal);
    const auto taken =
        fd ? take_controlling_terminal(*leader.remote, *fd) : Result<>(fail(fd.error()));
    if (taken) return;
    add_flaw("it has no controlling terminal", taken.error());
    m_result.terminal_owner = 0;
}

void Run::change_sessions() {
    if (FrozenMember* const owner = find(m_owner); owner != nullptr) own_terminal(*owner);
    FrozenMember* const main = find(m_plan.main);
    if (main->member.leads_session() && main->member.has_controlling) release_leader(*main);
}

/// To members that stand still, so that no pid can have come to name another process.
void Run::signal_members(int signal, const std::vector<pid_t>& only) {
    for (const pid_t pid : only) {
        if (find(pid) != nullptr) ::kill(pid, signal);
    }
}

void Run::let_go() {
    m_group_move.finish();
    std::vector<pid_t> stopped;
    for (const auto& member : m_members) {
        const Member& facts = member->member;
        if (facts.stopped) stopped.push_back(facts.pid);
        if (m_terminal != nullptr && !facts.use.descriptors.empty() && facts.catches_resize) {
            if (auto pidfd = sys::open_pidfd(facts.pid)) m_redraw.push_back(std::move(*pidfd));
        }
        if (member->descriptors) member->descriptors->finish();
        if (member->remote) member->remote->end();
    }
    // A stopped process whose shell ends is hung up by the kernel: it has to run.
    signal_members(SIGCONT, stopped);
    signal_members(SIGSTOP, m_awaited);
    for (const pid_t pid : m_awaited) {
        if (auto pidfd = sys::open_pidfd(pid)) m_halted.push_back(std::move(*pidfd));
    }
}

void Run::await_shell() {
    if (m_halted.empty()) return;
    m_result.shell_took_terminal =
        await_terminal_back(m_plan.main_member().parent, Deadline(shell_time));
    for (const sys::UniqueFd& pidfd : m_halted)
        static_cast<void>(sys::send_signal(pidfd.get(), SIGCONT));
}

/// The new terminal shows nothing yet. Programs that are told of the size that they have drawn for
/// leave it at that, so that it changes and changes back.
void Run::ask_for_redraw() {
    const auto before = m_redraw.empty() ? std::nullopt : m_terminal->change_size();
    if (!before) return;
    const auto tell = [this] {
        for (const sys::UniqueFd& pidfd : m_redraw)
            static_cast<void>(sys::send_signal(pidfd.get(), SIGWINCH));
    };
    tell();
    const Deadline deadline(size_time);
    while (deadline.left() > 0)
        ::poll(nullptr, 0, static_cast<int>(deadline.left() / ns_per_ms) + 1);
    m_terminal->restore_size(*before);
    tell();
}

Result<Takeover> Run::execute(const Confirm& confirm) {
    auto standstill = freeze(m_plan);
    if (!standstill) return fail(standstill.error());
    m_members = std::move(standstill->members);
    m_plan.members.clear(); // the facts of now
    for (const auto& member : m_members) m_plan.members.push_back(member->member);
    if (m_terminal != nullptr) m_owner = choose_terminal_owner(m_plan);
    m_awaited = awaited_by_shell(m_plan);

    const auto changed = change(confirm);
    end_faults();
    if (!changed) {
        Error error = changed.error();
        const std::string left = m_journal.undo_all();
        if (!left.empty()) error.why += (error.why.empty() ? "" : "; ") + ("left changed: " + left);
        m_members.clear();
        return fail(std::move(error));
    }
    change_sessions();
    m_journal.forget();
    let_go();
    m_members.clear(); // they go on
    await_shell();
    m_result.frozen = sys::boottime_now() - standstill->since;
    ask_for_redraw();
    return std::move(m_result);
}

} // namespace

Result<Takeover> take_over(const Plan& plan, const std::string& terminal, const Confirm& confirm) {
    if (!plan.obstacles.empty()) return fail(obstacle_error(plan.obstacles));
    std::optional<NewTerminal> opened;
    if (!terminal.empty()) {
        auto fresh = NewTerminal::open(terminal);
        if (!fresh) return fail(fresh.error());
        opened.emplace(std::move(*fresh));
    }
    if (opened && ::geteuid() == 0) {
        const auto uids = sys::read_uids(plan.main);
        if (!uids)
            return fail(Errc::already_ended, "process " + std::to_string(plan.main) + " has ended");
        if (auto given = opened->give_to(uids->effective); !given) return fail(given.error());
    }
    const SignalsHeld held;
    return Run(plan, opened ? &*opened : nullptr).execute(confirm);
}

} // namespace outlast::adopt
