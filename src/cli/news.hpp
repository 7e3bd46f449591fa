// What happened to a user's jobs since a moment: which of them are news, in which order.
#pragma once

#include "job/record.hpp"

#include <optional>
#include <string>
#include <vector>

namespace outlast::cli {

struct News {
    std::vector<job::Record> jobs; ///< to be shown, ascending by number
    std::size_t left_out = 0;      ///< ended well, too many to show
    std::size_t done = 0, failed = 0, running = 0, needs_input = 0, damaged = 0;
    [[nodiscard]] bool is_empty() const noexcept {
        return done + failed + running + needs_input + damaged == 0;
    }
};

/// Jobs that live, and those that ended after `since` (nothing: ever). Of what ended well only the
/// newest are shown when there are more than `most`.
[[nodiscard]] News gather_news(std::vector<job::Record> records, std::optional<Nanoseconds> since,
                               std::size_t most);

/// "1 done, 1 failed, 1 running, 1 needs you".
[[nodiscard]] std::string summarize(const News& news);

/// What to type next, the most urgent first: at most three.
[[nodiscard]] std::vector<std::string> suggestions(const News& news);

} // namespace outlast::cli
