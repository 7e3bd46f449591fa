// The command line's entry.
#pragma once

namespace outlast::cli {

/// Runs the command that `argv` names. Returns the process's exit code.
[[nodiscard]] int main(int argc, char** argv);

} // namespace outlast::cli
