// The threat of a terminal that is gone: reads end, writes fail.
#include "base/text.hpp"
#include "check/threats.hpp"

#include <algorithm>
#include <unistd.h>

namespace outlast::check {
namespace {

/// The device that a descriptor's link names; 0 when it is no terminal that can go.
int terminal_of(const Process& process, const OpenFile& file) {
    constexpr std::string_view pts = "/dev/pts/";
    if (file.target == "/dev/tty") return process.stat.terminal;
    if (!file.target.starts_with(pts)) return 0;
    const auto index = parse_u64(std::string_view(file.target).substr(pts.size()));
    return index && *index < (1U << 20U) ? pts_device(static_cast<int>(*index)) : 0;
}

bool is_gone(const OpenFile& file) {
    return file.target.starts_with("/dev/pts/") && file.target.ends_with(" (deleted)");
}

struct Uses {
    bool input = false;
    bool output = false;
    bool errors = false;
    bool elsewhere = false; ///< by other descriptors, such as /dev/tty
};

std::string words_of(const Uses& uses) {
    std::string text;
    if (uses.output) text = "its output goes to the terminal, where writes will fail (EIO)";
    else if (uses.errors)
        text = "its error messages go to the terminal, where writes will fail (EIO)";
    if (uses.input) {
        text += text.empty() ? "" : "; ";
        text += "its input is the terminal, and will end";
    }
    if (text.empty()) text = "it has the terminal open beside its standard streams";
    return text;
}

void add(Uses& uses, const OpenFile& file) {
    if (file.fd == STDIN_FILENO) uses.input = true;
    else if (file.fd == STDOUT_FILENO) uses.output = true;
    else if (file.fd == STDERR_FILENO) uses.errors = true;
    else uses.elsewhere = true;
}

std::string where_output_goes(const Process& process) {
    const OpenFile* output = process.file(STDOUT_FILENO);
    if (output == nullptr) return "it has no output";
    if (output->target == "/dev/null") return "its output goes to /dev/null, not to a terminal";
    if (output->target.starts_with("pipe:[") || output->target.starts_with("socket:["))
        return "its output goes to another process, not to a terminal";
    return "its output goes to " + printable_line(output->target) + ", not to a terminal";
}

bool is_in_background(const Process& process) {
    return process.stat.terminal != 0 && process.stat.group != process.stat.foreground_group;
}

} // namespace

Verdict judge_terminal(Analysis& analysis, const Process& process) {
    Verdict verdict{Threat::terminal, Mark::safe, {}};
    if (!process.files_known)
        return {Threat::terminal, Mark::unknown, "what it has open may not be seen"};
    Uses doomed;
    Uses gone;
    std::string why;
    for (const OpenFile& file : process.files) {
        if (is_gone(file)) add(gone, file);
        const int terminal = is_gone(file) ? 0 : terminal_of(process, file);
        if (terminal == 0) continue;
        const Fate& fate = analysis.of_terminal(terminal, process.devpts);
        if (why.empty() || fate.mark != Mark::safe) why = fate.reason;
        if (fate.mark == Mark::safe) continue;
        add(doomed, file);
        verdict.mark = std::max(verdict.mark, std::min(fate.mark, Mark::at_risk));
    }
    if (gone.input || gone.output || gone.errors) {
        return {Threat::terminal, Mark::at_risk,
                "its terminal is gone already: its input has ended, its writes fail (EIO)",
                adopt_command(process)};
    }
    if (verdict.mark == Mark::safe) {
        verdict.reason = why.empty() ? where_output_goes(process) : why;
        return verdict;
    }
    verdict.reason = words_of(doomed);
    if (doomed.input && is_in_background(process))
        verdict.reason += "; reading from it in the background stops it (SIGTTIN)";
    verdict.reason += "; " + why;
    verdict.fix = adopt_command(process);
    return verdict;
}

} // namespace outlast::check
