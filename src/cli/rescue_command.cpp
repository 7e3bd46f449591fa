// outlast rescue: adopts everything in this session that would not survive it.
#include "check/survey.hpp"
#include "cli/adopt_results.hpp"
#include "cli/ask.hpp"
#include "cli/check_report.hpp"
#include "cli/commands.hpp"

#include <set>
#include <unistd.h>

namespace outlast::cli {
namespace {

/// What is at risk, as a survey of nothing else.
check::Survey at_risk_here() {
    const check::Survey all = check::survey();
    check::Survey listed;
    for (const check::GroupReport* group : all.to_rescue()) listed.groups.push_back(*group);
    listed.unseen = all.unseen;
    listed.terminal = all.terminal;
    listed.connection = all.connection;
    return listed;
}

std::string question(std::size_t count) {
    return count == 1 ? "adopt it" : "adopt these " + std::to_string(count);
}

/// What one adoption takes over may be listed as a group of its own: a script's child that leads
/// one.
class Rescue {
public:
    Rescue(job::Registry& registry, const Output& output)
        : m_registry(registry), m_output(output), m_results(output) {}

    void take(const check::GroupReport& group) {
        const check::ProcessReport& main = group.members.front();
        if (m_done.contains(main.pid)) return;
        if (::geteuid() == 0 && main.owner != 0) {
            const std::string pid = std::to_string(main.pid);
            return m_results.failed(pid, make_error(Errc::refused, "process " + pid,
                                                    "it is another user's, whose job it should be",
                                                    "outlast adopt " + pid));
        }
        const auto job = adopt_process(m_registry, main.pid,
                                       {{}, {}, Chosen{main.start_ticks, main.session}}, m_output);
        if (!job) return m_results.failed(std::to_string(main.pid), job.error());
        for (const auto& process : job->takeover.processes) m_done.insert(process.pid);
        m_results.adopted(*job);
    }

    [[nodiscard]] int finish() const { return m_results.finish(); }

private:
    job::Registry& m_registry;
    const Output& m_output;
    AdoptResults m_results;
    std::set<pid_t> m_done;
};

Result<int> rescue(const Arguments& arguments, Output& output) {
    if (!arguments.operands().empty())
        return fail(Errc::usage, "rescue takes no operands", "it looks at this whole session",
                    "outlast adopt PID takes over one");
    const check::Survey listed = at_risk_here();
    auto registry = job::Registry::open(job::Registry::Missing::create);
    if (!registry) return fail(registry.error());
    Rescue rescue(*registry, output);
    if (listed.groups.empty()) {
        output.remark("nothing that runs in this session is at risk");
        return rescue.finish();
    }
    if (!output.json && !output.quiet) print_survey(listed, Listed::all, output);
    if (!agreed(question(listed.groups.size()), output)) return 1;
    for (const check::GroupReport& group : listed.groups) rescue.take(group);
    return rescue.finish();
}

} // namespace

const Command rescue_command_table{
    "rescue",
    {},
    "START",
    "Adopt everything in this session that would end with it.",
    "",
    "  outlast rescue       lists what is at risk, asks, and makes jobs of it\n"
    "  outlast rescue -y    without asking\n",
    {},
    Operands::anywhere,
    false,
    rescue};

} // namespace outlast::cli
