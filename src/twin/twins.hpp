// Keeper and scribe watch each other: whoever finds the other dead starts it anew.
#pragma once

#include "base/duration.hpp"
#include "base/result.hpp"
#include "sys/event_loop.hpp"
#include "sys/unique_fd.hpp"
#include "twin/shared_state.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace outlast::twin {

enum class Role : std::uint32_t { keeper = 0, scribe = 1 };
[[nodiscard]] constexpr Role other_role(Role role) noexcept {
    return role == Role::keeper ? Role::scribe : Role::keeper;
}

/// The one environment variable of a resident process that was executed: "ROLE SHARED_FD
/// OTHER_PIDFD", with a fourth word "fresh" when the same process goes on in the same program; or
/// "anchor CHILD_PID RECORD_FD"; "tracer PID RECORD_FD"; or "standin FOLDER_FD SOCKET_FD LOG_FD
/// FEATURES".
constexpr const char* resident_variable = "OUTLAST_RESIDENT";

/// What a resident process runs in: a copy of the memory of the process it was forked from; the
/// program as it is after an exec; the same, when the process has done the forked part of its life.
enum class Image { forked, executed, refreshed };

/// A resident process's view of the pair. Signals are blocked and every descriptor of the shared
/// state is close-on-exec while it runs.
class Twins {
public:
    /// `other` is the pidfd of the other process; none in the very first keeper.
    Twins(SharedState& state, Role role, sys::UniqueFd other, Image image);

    /// What a keeper's forked scribe runs. Set by the program's main; the keeper's layer does not
    /// see the scribe's.
    using Main = int (*)(Twins&);
    void set_scribe_main(Main main) noexcept { m_scribe_main = main; }

    /// Starts the scribe by fork, without an exec: for the first start, and for a keeper that has
    /// just been executed, whose pages the scribe then shares.
    [[nodiscard]] Result<> fork_scribe();
    /// The same in place of a scribe that runs: it is asked to leave (SIGUSR1). One that does not
    /// leave, or a fork that fails, is left to `watch`.
    void renew_scribe();
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
    /// exec_program with this very program: a forked image holds on to the memory of the process it
    /// was forked from, a fresh one is small.
    void exec_fresh_image();
    /// How long a resident process goes on in a forked image. Most commands are over by then, and
    /// an exec costs a millisecond of processor time.
    [[nodiscard]] Nanoseconds forked_image_time() const noexcept;
    [[nodiscard]] Image image() const noexcept { return m_image; }
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
    [[nodiscard]] Error exec_as_myself(int program, std::string_view occasion);
    void inherit_descriptors(bool inherit) const noexcept;
    void close_unshared(int keep) const;
    [[nodiscard]] Result<> watch_other(sys::EventLoop& loop);

    SharedState& m_state;
    Role m_role;
    sys::UniqueFd m_other;
    Image m_image;
    Main m_scribe_main = nullptr;
    bool m_untitled = false; ///< ps(1) shows the command line that we were forked from
    std::function<void()> m_restarted;
};

/// The name that ps(1) shows: "outlast: keeper 12 (migrate)".
[[nodiscard]] std::string process_title(const SharedState& state, Role role);

} // namespace outlast::twin
