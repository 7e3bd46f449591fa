// What became of each of several jobs: a line each, or one JSON object.
#pragma once

#include "cli/output.hpp"
#include "job/record.hpp"

#include <string>
#include <string_view>

namespace outlast::cli {

/// A command that acts on several jobs goes on after a failure; its exit code is that of the first
/// one.
class JobResults {
public:
    explicit JobResults(const Output& output) : m_output(output) {}

    /// `sentence` is the line for people; with -q it is the number. `result` is the word for
    /// programs, `members` are further JSON members (`"bytes":12`).
    void done(const job::Record& record, std::string_view result, std::string_view sentence,
              std::string_view members = {});
    void failed(const job::Record& record, const Error& error);
    /// Prints the JSON object. Returns the exit code.
    [[nodiscard]] int finish() const;

private:
    const Output& m_output;
    std::string m_json;
    int m_exit_code = 0;
};

} // namespace outlast::cli
