// outlast doctor: whether this host is good for jobs, and what can be done about it.
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "check/folder_findings.hpp"
#include "check/login_daemon.hpp"
#include "check/logout_findings.hpp"
#include "check/system_findings.hpp"
#include "cli/ask.hpp"
#include "cli/commands.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>

namespace outlast::cli {
namespace {

using check::Finding;
using check::Findings;
using check::Health;
using check::Mend;

constexpr Option doctor_options[] = {
    {"fix", 0, Takes::nothing, nullptr, "mend what you may mend, after asking"},
};

constexpr std::size_t topic_width = 11;

struct MarkForms {
    const char* sign;
    const char* ascii;
    const char* word;
    Style style;
};

MarkForms forms_of(Health mark) {
    switch (mark) {
    case Health::good: return {"✓", "+", "good", Style::good};
    case Health::note: return {"!", "!", "note", Style::warning};
    case Health::risk: return {"✗", "x", "risk", Style::bad};
    case Health::unknown: break;
    }
    return {"?", "?", "unknown", Style::warning};
}

Findings look_at_everything() {
    Findings all;
    for (auto look : {check::find_logout_risks, check::find_other_powers, check::find_folder_risks,
                      check::find_system_risks}) {
        Findings found = look();
        std::move(found.begin(), found.end(), std::back_inserter(all));
    }
    return all;
}

std::size_t count(const Findings& findings, Health mark) {
    return static_cast<std::size_t>(std::count_if(
        findings.begin(), findings.end(), [mark](const Finding& f) { return f.mark == mark; }));
}

bool all_well(const Findings& findings) {
    return count(findings, Health::risk) + count(findings, Health::unknown) == 0;
}

/// Broken at blanks to the terminal's width.
std::string wrapped(const std::string& text, std::size_t indent) {
    return wrap_words(text, indent, std::max<std::size_t>(Output::columns(), indent + 30));
}

void print_finding(const Finding& finding, const Output& output) {
    const MarkForms forms = forms_of(finding.mark);
    const std::string topic =
        finding.topic + std::string(topic_width - std::min(finding.topic.size(), topic_width), ' ');
    constexpr std::size_t indent = 2 + topic_width;
    output.print_line(output.styled(forms.style, Output::utf8() ? forms.sign : forms.ascii) + " " +
                      topic + Output::in_locale(wrapped(finding.text, indent)));
    if (finding.fix.empty()) return;
    std::string fix = "fix: " + finding.fix;
    if (finding.mend != Mend::nothing) fix += "   (outlast doctor --fix does it)";
    output.print_line(std::string(indent, ' ') + Output::in_locale(wrapped(fix, indent)));
}

void print_json(const Findings& findings, const std::vector<std::string>& mended,
                const Output& output) {
    JsonWriter json;
    json.begin_object().member("schema_version", 1).member("ok", true);
    json.member("well", all_well(findings));
    json.key("findings").begin_array();
    for (const Finding& finding : findings) {
        json.begin_object().member("topic", finding.topic);
        json.member("mark", forms_of(finding.mark).word).member("text", finding.text);
        json.member("fix", finding.fix).member("fixable", finding.mend != Mend::nothing);
        json.end_object();
    }
    json.end_array().key("fixed").begin_array();
    for (const std::string& each : mended) json.string(each);
    json.end_array().end_object();
    output.print_line(json.text());
}

void print_findings(const Findings& findings, const Output& output) {
    for (const Finding& finding : findings) {
        if (!output.quiet || finding.mark == Health::risk || finding.mark == Health::unknown)
            print_finding(finding, output);
    }
    const std::size_t risks = count(findings, Health::risk);
    const std::size_t unknown = count(findings, Health::unknown);
    if (risks + unknown == 0) return output.remark("all is well on this host");
    std::string sum = std::to_string(risks) + " at risk";
    if (unknown > 0) sum += ", " + std::to_string(unknown) + " not known";
    output.remark(sum);
}

std::string question_for(const Finding& finding) {
    if (finding.mend == Mend::enable_linger)
        return "let your user manager stay after your last logout (loginctl enable-linger)";
    return "close " + printable_line(finding.path) + " to others (chmod 700)";
}

Result<> make_private(const std::string& path) {
    const auto folder = sys::open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!folder) return fail(folder.error());
    struct stat info {};
    if (::fstat(folder->get(), &info) != 0) return fail_errno(path);
    if (info.st_uid != ::geteuid()) return fail_errno(EPERM, path);
    if (::fchmod(folder->get(), 0700) != 0) return fail_errno(path);
    return {};
}

Result<> mend(const Finding& finding) {
    if (finding.mend == Mend::make_private) return make_private(finding.path);
    auto enabled = check::enable_linger();
    if (enabled) return enabled;
    Error error = std::move(enabled.error()).within("enable lingering");
    error.fix = "ask somebody with root: loginctl enable-linger " + std::to_string(::geteuid());
    return fail(std::move(error));
}

/// Does what was agreed to; what was done, as sentences. Everything is looked at again afterwards.
Result<std::vector<std::string>> mend_all(const Findings& findings, const Output& output) {
    std::vector<std::string> done;
    for (const Finding& finding : findings) {
        if (finding.mend == Mend::nothing) continue;
        const std::string question = question_for(finding);
        output.remark(finding.topic + ": " + finding.text);
        if (!agreed(question, output)) continue;
        if (auto mended = mend(finding); !mended) return fail(mended.error());
        done.push_back(question);
        output.remark("done: " + question);
    }
    return done;
}

Result<int> doctor(const Arguments& arguments, Output& output) {
    if (!arguments.operands().empty())
        return fail(Errc::usage, "outlast doctor looks at this host", {},
                    "outlast check PID looks at a process, outlast status JOB at a job");
    Findings findings = look_at_everything();
    std::vector<std::string> mended;
    if (arguments.has("fix")) {
        auto done = mend_all(findings, output);
        if (!done) return fail(done.error());
        mended = std::move(*done);
        if (!mended.empty()) findings = look_at_everything();
    }
    if (output.json) print_json(findings, mended, output);
    else print_findings(findings, output);
    return all_well(findings) ? 0 : 1;
}

} // namespace

const Command doctor_command_table{
    "doctor",
    {},
    "LOOK",
    "Find out whether jobs started on this host will last.",
    "[--fix]",
    "  outlast doctor                what is well, what is at risk, and what mends it\n"
    "  outlast doctor --fix          mend what an ordinary user may, after asking\n",
    doctor_options,
    Operands::anywhere,
    false,
    doctor};

} // namespace outlast::cli
