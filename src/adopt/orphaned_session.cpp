// A session whose connection is gone becomes a job of its user.
#include "adopt/orphaned_session.hpp"

#include "base/text.hpp"
#include "job/adoption.hpp"
#include "job/process_spec.hpp"
#include "sys/become_user.hpp"
#include "sys/close_descriptors.hpp"
#include "sys/file.hpp"
#include "sys/pidfd.hpp"
#include "sys/process_info.hpp"
#include "sys/pty.hpp"
#include "twin/twins.hpp"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace outlast::adopt {
namespace {

constexpr int master_number = 3; ///< in the process that makes the job

/// What decides where the user's jobs are, and what they are called in the user's language.
std::vector<std::string> environment_for(const HeldSession& session) {
    std::vector<std::string> environment;
    for (const char* name :
         {"HOME", "USER", "LOGNAME", "PATH", "LANG", "LC_ALL", "LC_CTYPE", "XDG_STATE_HOME",
          "XDG_RUNTIME_DIR", "OUTLAST_STATE_DIR", "OUTLAST_RUNTIME_DIR"}) {
        const std::string value = sys::read_environment(session.leader, name);
        if (!value.empty()) environment.push_back(std::string(name) + "=" + value);
    }
    environment.push_back(std::string(twin::resident_variable) + "=" + rescuer_word + " " +
                          std::to_string(master_number) + " " + std::to_string(session.leader));
    return environment;
}

/// Everything that the forked child needs; it may only do what is safe in a signal handler
/// (fork(2) of a process with one thread, but allocations were made before all the same).
struct Rescue {
    sys::UserIdentity identity;
    int master = -1;
    std::vector<char*> arguments;
    std::vector<char*> environment;
};

/// Nothing of ours may be left when the user's rights begin: other sessions' terminals are among
/// our descriptors, and a process of the user's may look into one that has the user's rights. The
/// memory goes with the exec.
[[noreturn]] void become_rescuer(const Rescue& rescue) {
    ::setsid();
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    const int master = ::fcntl(rescue.master, F_DUPFD_CLOEXEC, 16);
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, standard);
    ::dup2(master, master_number);
    sys::close_descriptors_but({STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, master_number});
    if (!sys::become_user(rescue.identity, sys::KeptRight::none)) ::_exit(2);
    ::execve("/proc/self/exe", rescue.arguments.data(), rescue.environment.data());
    ::_exit(2);
}

} // namespace

Result<sys::UniqueFd> start_rescuer(const HeldSession& session) {
    auto identity = sys::identity_of_process(session.leader);
    if (!identity) return fail(identity.error());
    identity->user = session.user; // as it was when the session was taken hold of
    auto environment = environment_for(session);
    std::string name = "outlast: rescuer of pts/" + std::to_string(session.terminal);
    Rescue rescue{std::move(*identity), session.master.get(), {name.data(), nullptr}, {}};
    for (std::string& entry : environment) rescue.environment.push_back(entry.data());
    rescue.environment.push_back(nullptr);
    const pid_t pid = ::fork();
    if (pid < 0) return fail_errno("fork");
    if (pid == 0) become_rescuer(rescue);
    return sys::open_pidfd(pid);
}

Result<> adopt_orphaned_session(int master, pid_t leader) {
    const auto stat = sys::read_process_stat(leader);
    auto spec = job::spec_of_process(leader);
    if (!stat || !spec) return fail(Errc::already_ended, "the session");
    auto registry = job::Registry::open(job::Registry::Missing::create);
    if (!registry) return fail(registry.error());
    job::AdoptionRequest request;
    request.spec = std::move(*spec);
    request.spec.terminal = true;
    request.main = leader;
    request.start_ticks = stat->start_ticks;
    request.master = master;
    if (const auto attributes = sys::terminal_attributes(master)) request.attributes = *attributes;
    if (const auto size = sys::window_size(master)) request.size = *size;
    auto adoption = job::begin_adoption(*registry, request);
    if (!adoption) return fail(adoption.error());
    job::AdoptedProcesses processes;
    processes.members = {{leader, stat->start_ticks}};
    processes.session_leader = leader;
    processes.exit = job::exit_knowledge(leader).how;
    return adoption->commit(processes);
}

} // namespace outlast::adopt
