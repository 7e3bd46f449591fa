// Asking somebody at the terminal before something is done.
#include "cli/ask.hpp"

#include "sys/file.hpp"

#include <array>
#include <unistd.h>

namespace outlast::cli {

bool agreed(const std::string& question, const Output& output) {
    if (output.yes) return true;
    if (output.no_input || ::isatty(STDIN_FILENO) == 0 || ::isatty(STDERR_FILENO) == 0) {
        output.remark("not done without asking: " + question + "; -y says yes");
        return false;
    }
    const std::string line = "outlast: " + question + "? [y/N] ";
    (void)sys::write_all(STDERR_FILENO, line);
    std::array<char, 256> answer{};
    const auto size = sys::read_once(STDIN_FILENO, answer.data(), answer.size());
    return size && *size > 0 && (answer[0] == 'y' || answer[0] == 'Y');
}

} // namespace outlast::cli
