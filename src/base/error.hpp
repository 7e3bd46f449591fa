// The one error type of the program: a code, and a context that grows on its way up.
#pragma once

#include <string>
#include <string_view>
#include <system_error>

namespace outlast {

/// Causes that are outlast's own. System call failures use std::generic_category() instead.
enum class Errc {
    usage = 1,         ///< the command line or a setting is wrong
    no_such_job,       ///< a selector matches nothing
    ambiguous_job,     ///< a selector matches several jobs
    refused,           ///< understood, but not allowed or not possible in this state
    already_ended,     ///< the job has ended, the request needs a running one
    damaged,           ///< a file or a message does not hold what its format says
    incompatible,      ///< the peer or the file speaks a version that we do not
    command_not_found, ///< run: exit code 127
    command_not_run,   ///< run: exit code 126
    timed_out,         ///< the time given is over and the job still runs
};

const std::error_category& outlast_category() noexcept;
std::error_code make_error_code(Errc code) noexcept;

/// What went wrong. `context` reads from the outside in: "attach job 12: connect".
/// `why` and `fix` are shown to people as they are; both may be empty.
struct Error {
    std::error_code code;
    std::string context;
    std::string why;
    std::string fix;

    /// "context: message of the code", the form for one line.
    [[nodiscard]] std::string message() const;

    /// The same error with `outer` put in front of its context.
    [[nodiscard]] Error within(std::string_view outer) &&;

    [[nodiscard]] bool is(Errc wanted) const noexcept { return code == make_error_code(wanted); }
    [[nodiscard]] bool is_errno(int number) const noexcept {
        return code.category() == std::generic_category() && code.value() == number;
    }
};

/// An error from errno as it is now, for the system call or file named by `context`.
[[nodiscard]] Error errno_error(std::string context);
[[nodiscard]] Error errno_error(int number, std::string context);
[[nodiscard]] Error make_error(Errc code, std::string context, std::string why = {},
                               std::string fix = {});

} // namespace outlast

template <> struct std::is_error_code_enum<outlast::Errc> : std::true_type {};
