// System calls made by another process, which stands still.
#pragma once

#include "adopt/frozen_process.hpp"
#include "adopt/machine.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <string_view>
#include <sys/types.h>

namespace outlast::adopt {

/// A descriptor, a pid or another signed number as an argument of a system call.
constexpr std::uint64_t word(int number) noexcept {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(number));
}

/// Makes one thread of a frozen process execute system calls, one at a time. While it lives, that
/// thread's signals are blocked, so that no handler runs and no call is interrupted; at its end
/// registers and signal mask are what they were. It must end before the process is thawed.
class RemoteProcess {
public:
    /// Maps a page into the process for arguments in memory.
    [[nodiscard]] static Result<RemoteProcess> begin(const FrozenProcess& process, Filter filter);

    RemoteProcess(RemoteProcess&& other) noexcept;
    RemoteProcess& operator=(RemoteProcess&&) = delete;
    RemoteProcess(const RemoteProcess&) = delete;
    RemoteProcess& operator=(const RemoteProcess&) = delete;
    ~RemoteProcess() { end(); }

    [[nodiscard]] pid_t pid() const noexcept { return m_pid; }

    /// What the call returned; errno of a call that failed. ESRCH when the process has ended.
    [[nodiscard]] Result<std::int64_t> call(std::string_view name, long number,
                                            const CallArguments& arguments = {});

    /// Bytes for the argument of a call, in the page that was mapped (a kilobyte at most); the next
    /// `place` takes their place.
    [[nodiscard]] Result<Address> place(std::string_view bytes);
    /// From that page.
    [[nodiscard]] Result<std::string> read_back(std::size_t size) const;
    /// As `read_back`, from the second half of the page: room for what a call returns.
    [[nodiscard]] Address room() const noexcept;
    [[nodiscard]] Result<std::string> read_room(std::size_t size) const;

    /// A child of the process that shares its memory, never runs, and of whose end the process is
    /// not told. It is traced and held.
    struct Child {
        pid_t here = 0;         ///< its pid
        std::int64_t there = 0; ///< its pid as the process sees it, in another pid namespace
    };
    [[nodiscard]] Result<Child> make_child();
    /// Kills and reaps it.
    [[nodiscard]] Result<> end_child(const Child& child);

    /// Undoes what `begin` did; also at the end of this object.
    void end() noexcept;

private:
    RemoteProcess(pid_t pid, pid_t thread, Filter filter) noexcept
        : m_pid(pid), m_thread(thread), m_filter(filter) {}
    [[nodiscard]] Result<> prepare();
    [[nodiscard]] Result<> hold_signals();
    /// `call` without a fault point.
    [[nodiscard]] Result<std::int64_t> perform(std::string_view name, long number,
                                               const CallArguments& arguments);
    [[nodiscard]] Result<Registers> run_to_end_of_call();
    [[nodiscard]] Result<> set_options(unsigned long more) const;
    void unmap() noexcept;

    pid_t m_pid;
    pid_t m_thread;
    Filter m_filter;
    bool m_changed = false; ///< registers and mask are not the thread's own
    Registers m_resume;     ///< with which the thread goes on
    std::uint64_t m_mask = 0;
    Address m_instruction = 0;
    Address m_page = 0;
    pid_t m_new_child = 0; ///< told by PTRACE_EVENT_CLONE
};

} // namespace outlast::adopt
