// A child that does nothing.
#include "sys/idle_process.hpp"

#include "sys/signals.hpp"

#include <cerrno>
#include <csignal>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

namespace outlast::sys {
namespace {

const char looked_at = 'x';

[[noreturn]] void idle(pid_t parent) noexcept {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (::getppid() != parent) ::_exit(0);
    block_all_signals();
    for (;;) ::pause();
}

} // namespace

Result<IdleProcess> IdleProcess::start() {
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) return fail_errno("fork");
    if (pid == 0) idle(parent);
    return IdleProcess(pid);
}

IdleProcess::~IdleProcess() {
    if (m_pid == 0) return;
    ::kill(m_pid, SIGKILL);
    while (::waitpid(m_pid, nullptr, 0) < 0 && errno == EINTR) {
    }
}

Result<bool> may_look_into(const IdleProcess& process) {
    char value = 0;
    const iovec into{&value, 1};
    const iovec from{const_cast<char*>(&looked_at), 1}; // only read there
    if (::process_vm_readv(process.pid(), &into, 1, &from, 1, 0) >= 0 || errno == EFAULT)
        return true;
    if (errno == EPERM) return false;
    return fail_errno("process_vm_readv");
}

} // namespace outlast::sys
