// The threat of a hangup.
#include "check/program_role.hpp"
#include "check/threats.hpp"

#include <unistd.h>

namespace outlast::check {

std::string adopt_command(const Process& process) {
    if (role_of(process) != Role::work) return {};
    const bool ours = ::geteuid() == 0 || process.status.uids.real == ::geteuid();
    return (ours ? "outlast adopt " : "sudo outlast adopt ") + std::to_string(process.pid());
}

Verdict judge_hangup(Analysis& analysis, const Process& process) {
    const Fate& fate = analysis.of_hangup(process);
    Verdict verdict{Threat::hangup, fate.mark, fate.reason};
    if (role_of(process) == Role::connection)
        verdict = {Threat::hangup, Mark::dies, "it is the connection"};
    if (verdict.mark != Mark::safe) verdict.fix = adopt_command(process);
    return verdict;
}

} // namespace outlast::check
