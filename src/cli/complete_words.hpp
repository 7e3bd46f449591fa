// What can come next on a command line: for the shells' completion.
#pragma once

#include "cli/command.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace outlast::cli {

struct Candidate {
    std::string word;
    std::string about; ///< one line, may be empty
};

/// What the shell is to do.
struct Completion {
    enum class Kind {
        words,       ///< offer `candidates`
        files,       ///< and names of files
        directories, ///< names of directories
        command      ///< from word `command_at` on it is a command line of its own
    };
    Kind kind = Kind::words;
    std::vector<Candidate> candidates;
    std::size_t command_at = 0; ///< counted without "outlast"
};

/// Which jobs a command can be given.
enum class JobChoice { living, all };
using ListJobs = std::function<std::vector<Candidate>(JobChoice)>;

/// `words` are those behind "outlast" up to the cursor; the last one is the one being typed, and
/// may be empty. Candidates begin with it.
[[nodiscard]] Completion complete_words(const std::vector<std::string>& words,
                                        const ListJobs& list_jobs);

} // namespace outlast::cli
