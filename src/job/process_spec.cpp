// What a process that runs would have looked like as a job's spec.
#include "job/process_spec.hpp"

#include "base/text.hpp"
#include "job/command_path.hpp"
#include "sys/file.hpp"
#include "sys/process_info.hpp"

#include <array>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace outlast::job {
namespace {

constexpr std::size_t largest_environment = std::size_t{8} << 20;

std::string link_of(pid_t pid, const std::string& name) {
    std::array<char, 4096> target{};
    const std::string path = "/proc/" + std::to_string(pid) + "/" + name;
    const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
    return length > 0 ? std::string(target.data(), static_cast<std::size_t>(length))
                      : std::string();
}

std::string descriptor_path(pid_t pid, int fd) {
    return "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(fd);
}

/// The path of a regular file that can be found by it.
std::string regular_file(pid_t pid, int fd) {
    struct stat open {};
    struct stat named {};
    const std::string path = link_of(pid, "fd/" + std::to_string(fd));
    const bool same = !path.empty() && ::stat(descriptor_path(pid, fd).c_str(), &open) == 0 &&
                      S_ISREG(open.st_mode) && ::stat(path.c_str(), &named) == 0 &&
                      open.st_dev == named.st_dev && open.st_ino == named.st_ino;
    return same ? path : std::string();
}

/// As in the spec's `input`.
std::string input_of(pid_t pid) {
    const std::string path = link_of(pid, "fd/0");
    if (path.starts_with("/dev/pts/") || path.starts_with("/dev/tty")) return "terminal";
    if (path == "/dev/null" || path.empty()) return "null";
    return regular_file(pid, 0).empty() ? "pipe" : path;
}

/// In the middle of execve(2) there is none for a moment.
std::vector<std::string> command_line_of(pid_t pid) {
    constexpr int attempts = 50;
    constexpr int pause_ms = 2;
    std::vector<std::string> words = sys::read_command_line(pid);
    for (int i = 0; words.empty() && i < attempts; ++i) {
        ::poll(nullptr, 0, pause_ms);
        words = sys::read_command_line(pid);
    }
    return words;
}

std::string path_variable(const Spec& spec) {
    for (const std::string& entry : spec.environment) {
        if (entry.starts_with("PATH=") && entry.size() > 5) return entry.substr(5);
    }
    return "/usr/local/bin:/usr/bin:/bin";
}

std::string in_words(pid_t pid, int fd) {
    const std::string path = link_of(pid, "fd/" + std::to_string(fd));
    if (path.empty()) return "nowhere that can be seen";
    if (path.starts_with("pipe:")) return "a pipe";
    if (path.starts_with("socket:")) return "a socket";
    return printable_line(path);
}

} // namespace

Result<Spec> spec_of_process(pid_t pid) {
    Spec spec;
    const auto stat = sys::read_process_stat(pid);
    if (!stat || stat->state == 'Z')
        return fail(Errc::already_ended, "process " + std::to_string(pid) + " has ended");
    spec.arguments = command_line_of(pid);
    if (spec.arguments.empty())
        return fail(Errc::refused, "process " + std::to_string(pid) + " shows no command line",
                    "it is a part of the kernel, or it is ending");
    spec.command = spec.arguments;
    spec.directory = link_of(pid, "cwd");
    const auto environment =
        sys::read_file("/proc/" + std::to_string(pid) + "/environ", largest_environment);
    if (spec.directory.empty() || !environment) {
        return fail(Errc::refused, "process " + std::to_string(pid) + " is not yours to look into",
                    "it belongs to another user, or has given its privileges up", "sudo outlast …");
    }
    for (const std::string_view entry : split(*environment, '\0')) {
        if (entry.find('=') != std::string_view::npos) spec.environment.emplace_back(entry);
    }
    spec.input = input_of(pid);
    // A program may have put any text in the place of its name ("-bash", "postgres: writer").
    const std::string program = link_of(pid, "exe");
    if (!find_program(spec.arguments[0], path_variable(spec), spec.directory) && !program.empty())
        spec.arguments[0] = program;
    return spec;
}

ProcessOutput output_of_process(pid_t pid) {
    ProcessOutput output;
    output.file = regular_file(pid, 1);
    const std::string errors = regular_file(pid, 2);
    if (errors != output.file) output.error_file = errors;
    if (output.file.empty()) output.elsewhere = in_words(pid, 1);
    return output;
}

} // namespace outlast::job
