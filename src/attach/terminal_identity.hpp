// What the last real terminal of a job has said of itself.
#pragma once

#include "job/record.hpp"
#include "terminal/identity.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace outlast::attach {

/// The file `terminal` of the job's folder: so that a program finds itself in the same terminal
/// when nobody watches. The defaults where it is missing or damaged.
[[nodiscard]] terminal::Identity read_identity(const job::JobFolder& folder);

/// Asks a viewer's terminal what it is, once, and keeps the answers for `read_identity`.
class TerminalProbe {
public:
    /// The questions, and the kinds of their answers (terminal::reply_kind). The last one is
    /// answered by every terminal. Empty where TERM names one that would show them as text.
    struct Questions {
        std::string bytes;
        std::vector<std::string> kinds;
    };
    [[nodiscard]] static Questions questions();

    /// Takes one answer; true with the last one, when `identity` is as complete as it gets.
    [[nodiscard]] bool take(std::string_view answer);
    [[nodiscard]] const terminal::Identity& identity() const noexcept { return m_identity; }
    void save(const job::JobFolder& folder) const;

private:
    terminal::Identity m_identity;
};

} // namespace outlast::attach
