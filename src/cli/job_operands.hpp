// The jobs that a command line names.
#pragma once

#include "cli/command.hpp"
#include "cli/output.hpp"
#include "job/registry.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace outlast::cli {

/// "migrate (12)", harmless to print.
[[nodiscard]] std::string job_label(const job::Record& record);

/// The job that the first operand names; without one the default, with a remark which one that is.
[[nodiscard]] Result<job::Record> job_or_default(const job::Registry& registry,
                                                 const std::vector<std::string>& operands,
                                                 const Output& output);

/// The jobs of `selectors`, each once. For the commands that never guess: an error of usage when
/// there is none. Jobs that have ended are left out of what a glob stands for when `living_only` is
/// asked for.
enum class FromGlobs { all, living_only };
[[nodiscard]] Result<std::vector<job::Record>> named_jobs(const job::Registry& registry,
                                                          const std::vector<std::string>& selectors,
                                                          std::string_view command,
                                                          FromGlobs from_globs);

/// `damaged` for a record that could not be read, `refused` for one that lives on another host,
/// `already_ended` for one that has ended.
[[nodiscard]] Result<> require_living(const job::Record& record);

/// `refused` for a job whose terminal cannot be shown again: it has none, or keeps no log.
[[nodiscard]] Result<> require_screen(const job::Record& record);

} // namespace outlast::cli
