// One verdict for each threat to a process. Each function is a file of its own.
#pragma once

#include "check/analysis.hpp"
#include "check/verdict.hpp"

namespace outlast::check {

[[nodiscard]] Verdict judge_hangup(Analysis& analysis, const Process& process);
/// Its standard descriptors and /dev/tty: EIO, the end of input, SIGTTIN.
[[nodiscard]] Verdict judge_terminal(Analysis& analysis, const Process& process);
/// Its standard descriptors again, where they are pipes or sockets: SIGPIPE, the end of input.
[[nodiscard]] Verdict judge_pipeline(Analysis& analysis, const Process& process);
[[nodiscard]] Verdict judge_logout(Analysis& analysis, const Process& process);
[[nodiscard]] Verdict judge_reboot(const Process& process);

/// By /proc and /sys/fs/cgroup as they are now; looks at each control group once.
class MemoryJudge {
public:
    /// Whether systemd-oomd runs.
    void set_oomd(bool runs) noexcept { m_oomd = runs; }
    [[nodiscard]] Verdict judge(const Process& process);

private:
    [[nodiscard]] std::string find_group_threat(const std::string& cgroup) const;

    bool m_oomd = false;
    std::map<std::string, std::string> m_groups; ///< /proc/PID/cgroup, what threatens all of it
};

/// What to type to take a process into safety; empty for shells and what is no work of its own.
[[nodiscard]] std::string adopt_command(const Process& process);

} // namespace outlast::check
