// Keeper and scribe watch each other: whoever finds the other dead starts it anew.
#pragma once

#include "base/result.hpp"
#include "sys/event_loop.hpp"
#include "sys/unique_fd.hpp"
#include "twin/shared_state.hpp"

#include <cstdint>
#include <functional>

namespace outlast::twin {

enum class Role : std::uint32_t { keeper = 0, scribe = 1 };
[[nodiscard]] constexpr Role other_role(Role role) noexcept {
    return role == Role::keeper ? Role::scribe : Role::keeper;
}

/// The one environment variable of a resident process: how it was started. "new FD FD" (shared
/// state, launch block; keeper only), or "ROLE SHARED_FD OTHER_PIDFD" after an exec.
constexpr const char* resident_variable = "OUTLAST_RESIDENT";

/// A resident process's view of the pair. Signals are blocked and every descriptor of the shared
/// state is close-on-exec while it runs.
class Twins {
public:
    /// `other` is the pidfd of the other process; none in the very first keeper.
    Twins(SharedState& state, Role role, sys::UniqueFd other);

    /// Starts the other role by fork, running `main` in the child without an exec: only for the
    /// first start, when this process is fresh.
    [[nodiscard]] Result<> fork_first(int (*main)(Twins&));
    /// Starts the other role by fork and exec of this very program (/proc/self/exe).
    [[nodiscard]] Result<> start_other();

    /// Watches the other process in `loop`, and starts it anew when it dies. Stops the loop instead
    /// once the keeper has said that all is over.
    /// `restarted` is called after each such start.
    [[nodiscard]] Result<> watch(sys::EventLoop& loop, std::function<void()> restarted = {});
    /// True when the other has ended (or never was).
    [[nodiscard]] bool other_is_gone() const;
    /// Ends the other with SIGKILL and waits for it.
    void end_other();

    /// Replaces this process's program by the one behind `program` (an open file), keeping its pid
    /// and all shared descriptors. Returns only when that failed; nothing has changed then.
    [[nodiscard]] Error exec_program(int program);
    /// The other's current program, as exec_program needs it; used by the scribe to follow its
    /// keeper.
    [[nodiscard]] Result<sys::UniqueFd> open_others_program() const;

    [[nodiscard]] SharedState& state() const noexcept { return m_state; }
    [[nodiscard]] Role role() const noexcept { return m_role; }
    [[nodiscard]] int other_pidfd() const noexcept { return m_other.get(); }
    /// To be called once the role's loop is set up.
    void ready() noexcept;

private:
    void on_other_ended(sys::EventLoop& loop);
    void restart(sys::EventLoop& loop);
    [[nodiscard]] Result<> adopt_other(pid_t child);
    void reap_other() const;
    [[noreturn]] void exec_as(Role role, int program, int other) noexcept;
    void inherit_descriptors(bool inherit) const noexcept;
    void close_unshared(int keep) const;
    [[nodiscard]] Result<> watch_other(sys::EventLoop& loop);

    SharedState& m_state;
    Role m_role;
    sys::UniqueFd m_other;
    std::function<void()> m_restarted;
};

/// Where the kernel keeps this process's argv[0], so that a fork that changes its role can change
/// what ps(1) shows.
void remember_title(char* argv0) noexcept;

/// The name that ps(1) shows: "outlast: keeper 12 (migrate)".
[[nodiscard]] std::string process_title(const SharedState& state, Role role);

} // namespace outlast::twin
