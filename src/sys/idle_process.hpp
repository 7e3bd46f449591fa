// A child that does nothing, for trying out what may be done to a process.
#pragma once

#include "base/result.hpp"

#include <sys/types.h>

namespace outlast::sys {

/// Runs until the end of this object, or of the process that made it.
class IdleProcess {
public:
    [[nodiscard]] static Result<IdleProcess> start();
    IdleProcess(const IdleProcess&) = delete;
    IdleProcess& operator=(const IdleProcess&) = delete;
    IdleProcess(IdleProcess&& other) noexcept : m_pid(other.m_pid) { other.m_pid = 0; }
    IdleProcess& operator=(IdleProcess&&) = delete;
    ~IdleProcess();

    [[nodiscard]] pid_t pid() const noexcept { return m_pid; }

private:
    explicit IdleProcess(pid_t pid) : m_pid(pid) {}
    pid_t m_pid;
};

/// Whether we may look into its memory (process_vm_readv(2)): the kernel asks the same as for
/// ptrace(2). Its address space has to be a copy of ours, as that of an IdleProcess is. ENOSYS
/// where the call is not there.
[[nodiscard]] Result<bool> may_look_into(const IdleProcess& process);

} // namespace outlast::sys
