// Commands as tables: options, help and completion come from one place.
#pragma once

#include "base/duration.hpp"
#include "base/result.hpp"
#include "cli/output.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace outlast::cli {

enum class Takes { nothing, value, optional_value };

struct Option {
    const char* name; ///< without the dashes
    char letter;      ///< 0: none
    Takes takes;
    const char* value_name; ///< as shown in the help
    const char* help;
};

/// What was on the command line, after the table has checked it.
class Arguments {
public:
    [[nodiscard]] bool has(std::string_view option) const { return m_values.contains(option); }
    /// The last value given; empty for an option without one.
    [[nodiscard]] std::optional<std::string> value(std::string_view option) const;
    [[nodiscard]] std::vector<std::string> values(std::string_view option) const;
    [[nodiscard]] const std::vector<std::string>& operands() const noexcept { return m_operands; }

private:
    friend class Parser;
    std::multimap<std::string, std::string, std::less<>> m_values;
    std::vector<std::string> m_operands;
};

enum class Operands {
    anywhere,   ///< options may follow operands
    end_options ///< the first operand ends the options: what follows is a command of its own
};

struct Command {
    const char* name;
    std::vector<const char*> aliases;
    const char* section;  ///< START, LOOK, ACT, SET UP
    const char* summary;  ///< one line
    const char* operands; ///< "JOB…"
    const char* examples; ///< lines, each indented by two blanks
    std::span<const Option> options;
    Operands order;
    bool operands_are_jobs; ///< for the completion
    /// Returns the exit code; an error is shown by the caller.
    Result<int> (*run)(const Arguments& arguments, Output& output);
};

/// All commands, in the order of the help.
[[nodiscard]] std::span<const Command> all_commands();
[[nodiscard]] const Command* find_command(std::string_view name);

/// Options that every command takes.
[[nodiscard]] std::span<const Option> global_options();

/// `program` is "outlast" or "outlast run"; with a "did you mean" where one of its options is near.
[[nodiscard]] Error unknown_option(const std::string& program, std::span<const Option> options,
                                   const std::string& word);

struct ParsedWords {
    Arguments arguments; ///< what was understood, also beside a mistake
    /// The first one: usage, with a "did you mean" for a misspelled option.
    std::optional<Error> mistake;
};
/// Parses what follows the command's name.
[[nodiscard]] ParsedWords parse(const Command& command, const std::vector<std::string>& words);

[[nodiscard]] std::string command_help(const Command& command);
[[nodiscard]] std::string program_help();

/// Conversions of option values, with an error that names the option.
[[nodiscard]] Result<std::int64_t> duration_option(const Arguments& arguments,
                                                   std::string_view option, std::int64_t otherwise);
/// A moment as logs --since takes it, ns since 1970; nothing when the option was not given.
[[nodiscard]] Result<std::optional<Nanoseconds>> moment_option(const Arguments& arguments,
                                                               std::string_view option);
[[nodiscard]] Result<std::uint64_t> size_option(const Arguments& arguments, std::string_view option,
                                                std::uint64_t otherwise);
[[nodiscard]] Result<std::uint64_t> number_option(const Arguments& arguments,
                                                  std::string_view option, std::uint64_t otherwise);
[[nodiscard]] Result<int> signal_option(const Arguments& arguments, std::string_view option,
                                        int otherwise);

} // namespace outlast::cli
