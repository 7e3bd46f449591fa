// Makes a job of a process that somebody else has started.
#pragma once

#include "job/registry.hpp"
#include "job/spec.hpp"
#include "sys/unique_fd.hpp"
#include "twin/shared_state.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <termios.h>
#include <vector>

namespace outlast::job {

/// The parent of a main process, when it is one of us, and what it will write.
struct ParentRecord {
    pid_t parent = 0; ///< 0: it is not
    int file = -1;    ///< an empty file; gets a twin::AnchorRecord when the process has ended
};

/// How the end of a process that is nobody of ours will become known. Asked before anything is done
/// to it, so that it can be said first.
struct ExitForecast {
    twin::ExitKnowledge how = twin::ExitKnowledge::unknown;
    std::string why; ///< of `unknown`: a sentence
};
[[nodiscard]] ExitForecast exit_knowledge(pid_t pid, const ParentRecord& parent = {});

struct AdoptionRequest {
    twin::Adoption kind = twin::Adoption::taken;
    /// From `spec_of_process` (job/process_spec.hpp); `spec.terminal`: the job gets one of ours.
    Spec spec;
    std::string name; ///< as given with -n; empty: made from the command
    pid_t main = 0;   ///< the process whose end is the job's
    std::uint64_t start_ticks = 0;
    termios attributes{}; ///< of the new terminal
    winsize size{};
    /// The master of the terminal that the process has already and keeps; -1: it gets a new one.
    int master = -1;
    /// Without a terminal of ours: the regular files that the process writes. They stay where they
    /// are, are shown as the job's log, and never changed.
    std::string output;
    std::string error_output;
    ParentRecord parent;
};

struct AdoptedProcess {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;
};

/// What has become of the processes, told when all of it is done.
struct AdoptedProcesses {
    /// Process groups in which there is nothing but the job.
    std::vector<pid_t> groups;
    /// All that were taken over; `AdoptionRequest::main` is one of them whether it is named or not.
    std::vector<AdoptedProcess> members;
    /// Whose session has our terminal as its controlling one; 0: the terminal has no session, and
    /// the keeper raises its signals (^C, ^Z, SIGWINCH) in its place.
    pid_t session_leader = 0;
    twin::ExitKnowledge exit = twin::ExitKnowledge::unknown;
};

/// A job in the middle of being made: keeper, folder, socket and terminal are there, and nobody
/// sees it yet. Whatever ends before `commit` (this object, or the whole process), nothing of it
/// remains.
class Adoption {
public:
    Adoption(Adoption&& other) noexcept;
    Adoption& operator=(Adoption&&) = delete;
    Adoption(const Adoption&) = delete;
    Adoption& operator=(const Adoption&) = delete;
    ~Adoption();

    [[nodiscard]] std::uint64_t number() const noexcept;
    [[nodiscard]] const std::string& name() const noexcept;
    /// "/dev/pts/7"; empty without one. The keeper holds it open until `commit`.
    [[nodiscard]] std::string terminal_path() const;
    [[nodiscard]] pid_t keeper() const noexcept;

    /// From here on it is a job like any other, and depends on nothing of the caller's. To be
    /// called once. An error means that there is no job: what was done to the processes has to be
    /// undone.
    [[nodiscard]] Result<> commit(const AdoptedProcesses& processes);
    /// Returns when nothing of it is left.
    void abandon();

private:
    struct Parts;
    explicit Adoption(std::unique_ptr<Parts> parts) noexcept;
    friend Result<Adoption> begin_adoption(Registry& registry, const AdoptionRequest& request);

    std::unique_ptr<Parts> m_parts;
};

/// Starts a keeper for a process that runs already. Nothing is done to the process. Errors:
/// `already_ended` when it has gone (or the pid names another by now), else as `launch`.
[[nodiscard]] Result<Adoption> begin_adoption(Registry& registry, const AdoptionRequest& request);

} // namespace outlast::job
