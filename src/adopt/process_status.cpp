// The lines of /proc/PID/status.
#include "adopt/process_status.hpp"

#include "base/text.hpp"
#include "sys/file.hpp"

namespace outlast::adopt {

std::string read_status(pid_t pid) {
    auto text = sys::read_file("/proc/" + std::to_string(pid) + "/status", 65536);
    return text ? std::move(*text) : std::string();
}

std::string_view status_field(std::string_view status, std::string_view name) {
    for (const std::string_view line : split(status, '\n')) {
        if (line.starts_with(name) && line.substr(name.size()).starts_with(':'))
            return trim(line.substr(name.size() + 1));
    }
    return {};
}

} // namespace outlast::adopt
