// The threat of those at the other ends of a process's pipes.
#include "check/program_role.hpp"
#include "check/threats.hpp"

#include <algorithm>
#include <csignal>
#include <unistd.h>

namespace outlast::check {
namespace {

constexpr int most_links = 8; // of a pipeline that are followed

bool is_pipe(const OpenFile& file) { return file.target.starts_with("pipe:["); }
bool is_socket(const OpenFile& file) { return file.target.starts_with("socket:["); }

class Pipeline {
public:
    explicit Pipeline(Analysis& analysis) : m_analysis(analysis) {}

    /// The worst of what may come to a process through its standard descriptors.
    Fate of(const Process& process, int depth) {
        Fate worst;
        for (const int fd : {STDOUT_FILENO, STDERR_FILENO, STDIN_FILENO}) {
            const OpenFile* file = process.file(fd);
            if (file == nullptr || (!is_pipe(*file) && !is_socket(*file))) continue;
            const Fate fate = fd == STDIN_FILENO ? of_input(process, *file, depth)
                                                 : of_output(process, *file, depth);
            if (fate.mark > worst.mark || worst.reason.empty()) worst = fate;
        }
        return worst;
    }

private:
    /// Of the others at a pipe: the one that stays longest decides.
    Fate of_others(const Process& process, const std::vector<const Process*>& others,
                   const OpenFile& file, int depth) {
        Fate best{Mark::dies, {}};
        for (const Process* other : others) {
            if (other == &process) return {Mark::safe, "it holds both ends of its pipe"};
            Fate fate = m_analysis.of_process(*other);
            if (depth < most_links && file.fd != STDIN_FILENO) {
                const Fate further = of(*other, depth + 1);
                if (further.mark > fate.mark) fate = further;
            }
            if (!best.reason.empty() && fate.mark >= best.mark) continue;
            best = {fate.mark, other->label()};
        }
        return best;
    }

    /// Nobody else can be seen at the pipe: who it is when somebody is hidden.
    Fate of_hidden(const Process& process, const std::string& what) {
        const Process* connection = m_analysis.connection_of(process);
        if (connection != nullptr)
            return {Mark::at_risk, what + " the connection (" + connection->label() + ")"};
        if (m_analysis.table().unseen() > 0)
            return {Mark::unknown, what + " a process that may not be seen"};
        return {Mark::at_risk, what + " nobody any more"};
    }

    Fate of_output(const Process& process, const OpenFile& file, int depth) {
        const std::string stream = file.fd == STDOUT_FILENO ? "its output" : "its error output";
        const bool ignores = (process.status.signals.ignored >> (SIGPIPE - 1) & 1) != 0;
        const std::string effect = ignores ? ": its writes will fail then (EPIPE)"
                                           : ": the next write ends it then (SIGPIPE)";
        if (is_socket(file)) return of_socket(process, file, stream + " goes to", effect);
        const auto readers = m_analysis.table().readers(file.target);
        if (readers.empty()) {
            Fate fate = of_hidden(process, stream + " goes to");
            fate.reason += effect;
            return fate;
        }
        const Fate fate = of_others(process, readers, file, depth);
        if (fate.mark == Mark::safe)
            return {Mark::safe, stream + " goes to " + fate.reason + ", which stays"};
        return {std::min(fate.mark, Mark::at_risk),
                stream + " goes to " + fate.reason + ", which may end" + effect};
    }

    Fate of_input(const Process& process, const OpenFile& file, int depth) {
        const std::string effect = ": it may read the end of its input too early";
        if (is_socket(file)) return of_socket(process, file, "its input comes from", effect);
        const auto writers = m_analysis.table().writers(file.target);
        if (writers.empty()) {
            // Nobody writes any more: what is in the pipe is all there will be, with or without us.
            if (m_analysis.connection_of(process) == nullptr)
                return {Mark::safe, "its input has ended"};
            Fate fate = of_hidden(process, "its input comes from");
            fate.reason += effect;
            return fate;
        }
        const Fate fate = of_others(process, writers, file, depth);
        if (fate.mark == Mark::safe)
            return {Mark::safe, "its input comes from " + fate.reason + ", which stays"};
        return {std::min(fate.mark, Mark::at_risk),
                "its input comes from " + fate.reason + ", which may end" + effect};
    }

    /// Whom a socket is connected to cannot be read in /proc. What a connection's server has given
    /// its child is the connection; a program below may have sockets with its own children (rsync
    /// talks to its ssh by one).
    Fate of_socket(const Process& process, const OpenFile& file, const std::string& what,
                   const std::string& effect) {
        const Process* connection = m_analysis.connection_of(process);
        if (connection == nullptr)
            return {Mark::safe, what + " a socket, and it was not started over a connection"};
        const Process* first = &process;
        while (first->stat.parent != connection->pid()) {
            first = m_analysis.table().find(first->stat.parent);
            if (first == nullptr) break;
        }
        if (first != nullptr && first->files_known && !holds(*first, file.target))
            return {Mark::unknown, what + " a socket whose other end cannot be seen"};
        Fate fate = of_hidden(process, what);
        fate.reason += effect;
        return fate;
    }

    static bool holds(const Process& process, const std::string& target) {
        return std::any_of(process.files.begin(), process.files.end(),
                           [&](const OpenFile& each) { return each.target == target; });
    }

    Analysis& m_analysis;
};

} // namespace

Verdict judge_pipeline(Analysis& analysis, const Process& process) {
    if (!process.files_known)
        return {Threat::pipeline, Mark::unknown, "what it has open may not be seen"};
    const Fate fate = Pipeline(analysis).of(process, 0);
    Verdict verdict{Threat::pipeline, fate.mark, fate.reason};
    if (verdict.reason.empty()) verdict.reason = "none of its standard streams is a pipe";
    if (verdict.mark != Mark::safe) verdict.fix = adopt_command(process);
    return verdict;
}

} // namespace outlast::check
