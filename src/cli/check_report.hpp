// How `check` shows verdicts: in full for a few processes, in lines for many, as JSON.
#pragma once

#include "check/survey.hpp"
#include "cli/output.hpp"
#include "job/record.hpp"

#include <string>
#include <vector>

namespace outlast::cli {

/// A living job among what is shown: its command and all below, keeper and scribe.
struct CheckedJob {
    job::Record record;
    std::vector<pid_t> pids;
};

/// "SAFE", "CANNOT BE TOLD", "AT RISK", "ENDS".
[[nodiscard]] std::string_view verdict_word(check::Mark mark) noexcept;

/// Every verdict of every process with its reason, and the fix.
void print_verdicts(const check::Survey& survey, const std::vector<CheckedJob>& jobs,
                    const Output& output);

/// A line a process group, those at risk first; the safe ones of other sessions are counted only,
/// unless `all`.
enum class Listed { at_risk_first, all };
void print_survey(const check::Survey& survey, Listed listed, const Output& output);

void print_check_json(const check::Survey& survey, const std::vector<CheckedJob>& jobs,
                      const Output& output);

} // namespace outlast::cli
