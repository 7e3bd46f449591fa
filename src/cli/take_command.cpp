// outlast take: in place of a shell, keeps the shell's background jobs.
#include "base/text.hpp"
#include "cli/adopt_process.hpp"
#include "cli/commands.hpp"
#include "cli/finish_viewing.hpp"
#include "cli/inherited_jobs.hpp"
#include "cli/watch_process.hpp"
#include "job/inside.hpp"
#include "sys/signals.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace outlast::cli {
namespace {

std::string own_program() {
    std::array<char, 4096> path{};
    const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
    return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : "";
}

std::string users_shell() {
    const char* shell = std::getenv("SHELL");
    return shell != nullptr && ::access(shell, X_OK) == 0 ? shell : "/bin/sh";
}

/// A shell that was replaced by us leaves its children, and the first one of a login its session.
/// What a shell has started in the ordinary way has neither.
bool stands_in_for_shell() { return ::getsid(0) == ::getpid() || !find_inherited_jobs().empty(); }

Result<> check_place() {
    constexpr const char* form = "exec outlast take";
    if (!stands_in_for_shell()) {
        return fail(Errc::refused, "take has to be in the place of the shell",
                    "started by the shell it is not the parent of the shell's jobs, and the shell "
                    "would still end them",
                    form);
    }
    if (!in_terminal())
        return fail(Errc::refused, "take needs a terminal on its input and output", {}, form);
    const auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    if (const auto around = job::surrounding_job(*registry)) {
        return fail(Errc::refused,
                    "this shell is in job " + std::to_string(around->number) + " already",
                    "what it has started survives with it", {});
    }
    return {};
}

/// The session of a shell that has been replaced must not end with an error message.
Result<int> back_to_shell(const Error& error, const Output& output) {
    if (!stands_in_for_shell() || !in_terminal()) return fail(error);
    output.error(error);
    output.remark("this is a new shell; it does not list what the last one had started");
    const std::string shell = users_shell();
    return fail(sys::become(shell, {shell}));
}

/// Keeps one session's jobs.
class Session {
public:
    Session(job::Registry& registry, const Output& output)
        : m_registry(registry), m_output(output) {}

    void take_all();
    /// Shows a lasting shell until the user leaves it; its exit code.
    int show_shell();
    /// Returns when nothing here depends on this process any more.
    void outlive();

private:
    void take(const InheritedJob& inherited);
    void watch(const InheritedJob& inherited, const job::ParentRecord& parent,
               const Error& obstacle);
    void note_end(const sys::ReapedChild& child);
    int await(pid_t child);

    job::Registry& m_registry;
    const Output& m_output;
    InheritedChildren m_children;
    std::vector<pid_t> m_dependent; ///< jobs that this process has to outlive
    std::map<pid_t, std::string> m_names;
};

void Session::take_all() {
    m_names = find_ended_children();
    const auto inherited = find_inherited_jobs();
    for (const InheritedJob& each : inherited) m_names[each.main] = each.name;
    if (inherited.empty()) m_output.remark("this shell had no background jobs");
    for (const InheritedJob& each : inherited) take(each);
    // What the shell has ended because it was stopped is gone in a moment.
    constexpr int patience_ms = 100;
    ::poll(nullptr, 0, inherited.empty() ? 0 : patience_ms);
    while (const auto child = sys::reap_child(sys::Wait::not_at_all)) note_end(*child);
}

void Session::take(const InheritedJob& inherited) {
    const job::ParentRecord parent{::getpid(), m_children.record_for(inherited.main)};
    const auto adopted = adopt_process(m_registry, inherited.main, {"", parent, {}}, m_output);
    if (!adopted) return watch(inherited, parent, adopted.error());
    print_adopted(*adopted, m_output);
    // A job that is out of reach of the hangup needs us only where nobody else learns its end.
    const bool depends =
        !adopted->takeover.away_from_hangup || adopted->exit.how == twin::ExitKnowledge::parent;
    if (depends) m_dependent.push_back(inherited.main);
}

void Session::watch(const InheritedJob& inherited, const job::ParentRecord& parent,
                    const Error& obstacle) {
    if (obstacle.is(Errc::already_ended)) return;
    m_dependent.push_back(inherited.main);
    m_output.remark(printable_line(inherited.name) + " (PID " + std::to_string(inherited.main) +
                    ") keeps its old terminal: " + printable_line(obstacle.message()));
    const auto watched = watch_process(m_registry, inherited.main, "", parent);
    if (watched) print_watched(*watched, m_output, Hangup::kept_away);
    else m_output.error(watched.error());
}

void Session::note_end(const sys::ReapedChild& child) {
    m_children.note(child);
    std::erase(m_dependent, child.pid);
    const auto name = m_names.find(child.pid);
    if (name == m_names.end()) return;
    const bool by_term = WIFSIGNALED(child.status) && WTERMSIG(child.status) == SIGTERM;
    if (by_term && in_terminal()) {
        m_output.remark(printable_line(name->second) + " (PID " + std::to_string(child.pid) +
                        ") was ended by SIGTERM: bash does that to its stopped jobs when it is "
                        "replaced; bg lets them go on first");
    }
    m_names.erase(name);
}

/// Meanwhile the ends of all others are kept.
int Session::await(pid_t child) {
    while (const auto ended = sys::reap_child(sys::Wait::for_one)) {
        if (ended->pid != child) {
            m_names.erase(ended->pid); // in the middle of somebody's screen nothing is said
            note_end(*ended);
            continue;
        }
        constexpr int signal_base = 128;
        return WIFEXITED(ended->status) ? WEXITSTATUS(ended->status)
                                        : signal_base + WTERMSIG(ended->status);
    }
    return 0;
}

int Session::show_shell() {
    constexpr int could_not = 125;
    const std::string shell = users_shell();
    const auto before = m_registry.latest();
    auto viewer = sys::spawn_here(own_program(), {"outlast", "run", "--", shell, "-l"});
    const int code = viewer ? await(*viewer) : could_not;
    const bool was_started = m_registry.latest() != before;
    if (was_started || !in_terminal()) return code;
    m_output.remark("the shell that follows is an ordinary one, and ends with this terminal");
    viewer = sys::spawn_here(shell, {shell, "-l"});
    return viewer ? await(*viewer) : could_not;
}

void Session::outlive() {
    const bool is_dropped = !in_terminal();
    const auto is_needed = [&] {
        return is_dropped || !m_dependent.empty() || m_children.is_one_stopped();
    };
    if (!is_dropped && is_needed())
        m_output.remark("some of these jobs need this process until they end; close the window, "
                        "they go on");
    while (!m_children.is_empty() && is_needed()) {
        const auto ended = sys::reap_child(sys::Wait::for_one);
        if (!ended) return;
        note_end(*ended);
    }
}

Result<int> take(const Arguments& arguments, Output& output) {
    if (output.json)
        return fail(Errc::usage, "take has no JSON form", "it is for somebody at a terminal", {});
    if (!arguments.operands().empty())
        return fail(Errc::usage, "take takes no operands",
                    "it takes all background jobs of the shell whose place it is in",
                    "exec outlast take");
    // First of all: from here on a hangup ends nothing.
    if (stands_in_for_shell()) sys::ignore_terminal_signals();
    if (auto good = check_place(); !good) return back_to_shell(good.error(), output);
    auto registry = job::Registry::open(job::Registry::Missing::create);
    if (!registry) return back_to_shell(registry.error(), output);
    Session session(*registry, output);
    session.take_all();
    const int code = session.show_shell();
    session.outlive();
    return code;
}

} // namespace

const Command take_command_table{
    "take",
    {},
    "START",
    "In place of a shell: make jobs of what it runs in the background.",
    "",
    "  exec outlast take     typed in the shell, which it replaces: same process,\n"
    "                        so its jobs are ours, and their exit statuses too; then\n"
    "                        a new login shell opens here that lasts as well\n"
    "  bg                    first, for each stopped job: bash ends those\n"
    "  disown (jobs -p)      first, in fish: it does not let go of its jobs else\n",
    {},
    Operands::anywhere,
    false,
    take};

} // namespace outlast::cli
