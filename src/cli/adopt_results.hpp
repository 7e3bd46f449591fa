// What became of each of several processes that were to be adopted.
#pragma once

#include "cli/adopt_process.hpp"

#include <string>

namespace outlast::cli {

/// A few lines each, or one JSON object for all. The exit code is 0, 1 when a promise could not be
/// kept, or that of the first error.
class AdoptResults {
public:
    explicit AdoptResults(const Output& output) : m_output(output) {}

    void adopted(const AdoptedJob& job);
    /// `word`: how the process was named.
    void failed(const std::string& word, const Error& error);
    /// Prints the JSON object. Returns the exit code.
    [[nodiscard]] int finish() const;

private:
    void append(const std::string& object);

    const Output& m_output;
    std::string m_list;
    int m_exit_code = 0;
};

} // namespace outlast::cli
