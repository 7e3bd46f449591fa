// Whether a job started here survives the end of this connection.
#include "cli/survival.hpp"

#include "check/logout_policy.hpp"
#include "job/paths.hpp"
#include "sys/file.hpp"

#include <unistd.h>

namespace outlast::cli {
namespace {

Survival check_process(const std::string& process) {
    const std::string path = "/proc/" + process + "/cgroup";
    const auto cgroup = sys::read_file(path, 65536);
    if (!cgroup) return {false, "what this host does at logout cannot be checked (" + path + ")"};
    if (cgroup->find("/slurm") != std::string::npos)
        return {false, "it ends with this Slurm allocation"};
    // Without a running systemd nobody ends processes at logout.
    if (::access("/run/systemd/system", F_OK) != 0) return {true, {}};
    const std::string user = job::login_name(::geteuid());
    const bool lingers = ::access(("/var/lib/systemd/linger/" + user).c_str(), F_OK) == 0;
    if (cgroup->find("/user@") != std::string::npos && !lingers) {
        return {false, "it ends 10 s after your last logout (it is below user@.service): loginctl "
                       "enable-linger"};
    }
    const bool in_session = cgroup->find("/session-") != std::string::npos;
    if (in_session && check::read_logout_policy().ends_processes_of(user)) {
        return {false, "this host ends a user's processes at logout (KillUserProcesses=yes)"};
    }
    return {true, {}};
}

} // namespace

Survival check_survival() { return check_process("self"); }
Survival check_survival(pid_t pid) { return check_process(std::to_string(pid)); }

} // namespace outlast::cli
