// What is said of a process that was taken over.
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/adopt_for_user.hpp"
#include "cli/adopt_process.hpp"
#include "cli/promise.hpp"

#include <algorithm>
#include <vector>

namespace outlast::cli {
namespace {

struct Outcome {
    const char* key;  ///< in JSON
    const char* name; ///< for people
    bool kept;
    std::string remark; ///< how, or why not
};

Outcome hangup_promise(const AdoptedJob& adopted) {
    const adopt::Takeover& done = adopted.takeover;
    std::string remark;
    if (!done.away_from_hangup) {
        remark = done.flaws.empty() ? "it is still in reach of its old terminal" : done.flaws[0];
    } else if (done.continued) {
        remark = "it was stopped and runs again: stopped, it would end with its shell";
    }
    return {"hangup", "hangup", done.away_from_hangup, std::move(remark)};
}

Outcome output_promise(const AdoptedJob& adopted) {
    if (adopted.terminal) return {"output", "output", true, "from here on in the job's log"};
    const job::ProcessOutput& output = adopted.output;
    const std::string file = output.file.empty() ? output.error_file : output.file;
    if (!file.empty()) return {"output", "output", true, "goes on to " + printable_line(file)};
    return {"output", "output", false, "goes to " + output.elsewhere + " and is not captured"};
}

std::vector<Outcome> promises_of(const AdoptedJob& adopted) {
    std::vector<Outcome> promises{hangup_promise(adopted)};
    promises.push_back({"logout", "logout", adopted.logout.safe(), describe_risk(adopted.logout)});
    promises.push_back(output_promise(adopted));
    const bool known = adopted.exit.how != twin::ExitKnowledge::unknown;
    promises.push_back({"exit_status", "exit status", known, known ? "" : adopted.exit.why});
    return promises;
}

/// What else is to be told, a sentence each.
std::vector<std::string> remarks_of(const AdoptedJob& adopted) {
    std::vector<std::string> remarks;
    const adopt::Takeover& done = adopted.takeover;
    const std::size_t first = done.away_from_hangup || done.flaws.empty() ? 0 : 1;
    for (std::size_t i = first; i < done.flaws.size(); ++i) remarks.push_back(done.flaws[i]);
    if (!done.shell_took_terminal)
        remarks.emplace_back("its shell did not take its terminal back; there, press Ctrl-Z");
    if (std::string owner = owner_text(adopted.name); !owner.empty())
        remarks.push_back(std::move(owner));
    return remarks;
}

} // namespace

bool is_whole(const AdoptedJob& adopted) {
    const auto promises = promises_of(adopted);
    return adopted.takeover.flaws.empty() &&
           std::all_of(promises.begin(), promises.end(),
                       [](const Outcome& promise) { return promise.kept; });
}

void print_adopted(const AdoptedJob& adopted, const Output& output) {
    if (output.quiet) return output.print_line(std::to_string(adopted.number));
    const bool utf8 = Output::utf8();
    output.print_line(printable_line(adopted.process) + " (PID " + std::to_string(adopted.pid) +
                      ") is now job " + std::to_string(adopted.number) + " \"" +
                      printable_line(adopted.name) + "\"");
    for (const Outcome& promise : promises_of(adopted)) {
        const std::string mark = promise.kept ? output.styled(Style::good, utf8 ? "✓" : "yes")
                                              : output.styled(Style::bad, utf8 ? "✗" : "no ");
        std::string line = "  " + mark + " " + promise.name;
        if (!promise.remark.empty()) {
            line.append(13 - std::min<std::size_t>(13, std::string_view(promise.name).size()), ' ');
            line += promise.remark;
        }
        output.print_line(Output::in_locale(line));
    }
    for (const std::string& remark : remarks_of(adopted))
        output.print_line(Output::in_locale("  " + printable_line(remark)));
}

std::string adopted_json(const AdoptedJob& adopted) {
    JsonWriter json;
    json.begin_object().member("number", adopted.number).member("name", adopted.name);
    json.member("pid", adopted.pid).member("result", is_whole(adopted) ? "adopted" : "partial");
    if (const std::string owner = owner_acted_for(); !owner.empty()) json.member("owner", owner);
    json.member("terminal", adopted.terminal);
    json.member("frozen_us", adopted.takeover.frozen / 1000);
    json.key("promises").begin_object();
    for (const Outcome& promise : promises_of(adopted)) {
        json.key(promise.key).begin_object().member("kept", promise.kept);
        json.member("remark", printable_line(promise.remark)).end_object();
    }
    json.end_object().key("remarks").begin_array();
    for (const std::string& remark : remarks_of(adopted)) json.string(printable_line(remark));
    json.end_array().key("processes").begin_array();
    for (const auto& process : adopted.takeover.processes) json.number(process.pid);
    return json.end_array().end_object().text();
}

} // namespace outlast::cli
