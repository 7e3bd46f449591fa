// From the options of `run` to a launch request.
#include "cli/run_request.hpp"

#include "base/text.hpp"
#include "cli/config.hpp"
#include "cli/finish_viewing.hpp"
#include "job/command_path.hpp"
#include "job/login_socket.hpp"
#include "sys/file.hpp"
#include "sys/job_control.hpp"
#include "sys/pty.hpp"
#include "sys/signals.hpp"

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <sys/sysmacros.h>
#include <unistd.h>

extern char**
    environ; // NOLINT(readability-redundant-declaration): POSIX wants it declared by the user

namespace outlast::cli {
namespace {

constexpr std::size_t most_tags = 16;

using Environment = std::vector<std::string>;

void set_variable(Environment& environment, const std::string& entry) {
    const std::size_t equals = entry.find('=');
    const std::string name = entry.substr(0, equals) + "=";
    std::erase_if(environment, [&](const std::string& each) { return each.starts_with(name); });
    if (equals != std::string::npos) environment.push_back(entry);
}

bool has_variable(const Environment& environment, const std::string& name) {
    return std::any_of(environment.begin(), environment.end(),
                       [&](const std::string& each) { return each.starts_with(name + "="); });
}

std::string variable(const Environment& environment, const std::string& name) {
    for (const std::string& entry : environment) {
        if (entry.starts_with(name + "=")) return entry.substr(name.size() + 1);
    }
    return {};
}

/// Lines K=V, as docker's --env-file: no quoting, no expansion; empty lines and lines that start
/// with # are left out.
Result<> read_env_file(Environment& environment, const std::string& path) {
    const auto text = sys::read_file(path, std::size_t{16} << 20);
    if (!text) {
        Error error = Error(text.error()).within("--env-file");
        error.fix = "name a file that you can read, with a line NAME=value for each variable";
        return fail(std::move(error));
    }
    std::size_t number = 0;
    for (std::string_view line : split(*text, '\n')) {
        ++number;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (trim(line).empty() || trim(line).starts_with('#')) continue;
        const std::string_view name = line.substr(0, line.find('='));
        if (name.size() == line.size() || name.empty() ||
            name.find_first_of(" \t") != std::string_view::npos) {
            return fail(Errc::usage,
                        path + ":" + std::to_string(number) + ": not of the form NAME=value", {},
                        "a name has no blanks and nothing in front of it, such as export");
        }
        set_variable(environment, std::string(line));
    }
    return {};
}

Result<Environment> make_environment(const Arguments& arguments, bool terminal) {
    Environment environment;
    for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
    for (const std::string& path : arguments.values("env-file")) {
        if (auto read = read_env_file(environment, path); !read) return fail(read.error());
    }
    for (const std::string& entry : arguments.values("env")) {
        if (entry.empty() || entry.starts_with('=')) {
            return fail(Errc::usage, "--env: \"" + printable_line(entry) + "\" names no variable",
                        {}, "-e NAME=value sets one, -e NAME unsets it");
        }
        set_variable(environment, entry);
    }
    // Programs that buffer their output when it is no terminal would show it late; Python is the
    // common one.
    if (!terminal && !has_variable(environment, "PYTHONUNBUFFERED"))
        environment.emplace_back("PYTHONUNBUFFERED=1");
    if (terminal && !has_variable(environment, "TERM"))
        environment.emplace_back("TERM=xterm-256color");
    return environment;
}

/// Which variables lead to a login of ours, so that the job gets paths that go on leading to one:
/// those that are ours, not what was set with -e.
Result<> choose_stable_paths(const Arguments& arguments, job::Spec& spec) {
    spec.hold_agent = arguments.has("hold-agent") || setting("hold_agent") == "true";
    for (const twin::KnownLink& link : twin::known_links) {
        const char* ours = std::getenv(link.variable);
        const std::string theirs = variable(spec.environment, link.variable);
        const bool unchanged = theirs == (ours != nullptr ? ours : "");
        const bool holds = spec.hold_agent && link.link == twin::Link::agent;
        if (!unchanged && holds && arguments.has("hold-agent")) {
            return fail(Errc::usage, "--hold-agent and another SSH_AUTH_SOCK exclude each other",
                        "with --hold-agent the agents are those of whoever is attached",
                        "leave one of them out");
        }
        if (unchanged && (holds || !job::login_socket(link.variable).empty()))
            spec.stable_paths.emplace_back(link.variable);
        else if (holds) spec.hold_agent = false;
    }
    return {};
}

Result<std::string> working_directory(const Arguments& arguments) {
    const auto wanted = arguments.value("directory");
    if (wanted && ::chdir(wanted->c_str()) != 0) {
        Error error = errno_error("-C " + printable_line(*wanted));
        error.fix = "name a directory that exists and that you may enter";
        return fail(std::move(error));
    }
    std::string path(PATH_MAX, '\0');
    if (::getcwd(path.data(), path.size()) != nullptr) {
        path.resize(path.find('\0'));
        return path;
    }
    // It was deleted. The job inherits it like any other command; its name is kept for people.
    constexpr std::string_view deleted = " (deleted)";
    const ssize_t length = ::readlink("/proc/self/cwd", path.data(), path.size());
    if (length <= 0) {
        Error error = errno_error("the current directory");
        error.fix = "cd to one that exists, or use -C DIR";
        return fail(std::move(error));
    }
    path.resize(static_cast<std::size_t>(length));
    if (path.ends_with(deleted)) path.resize(path.size() - deleted.size());
    return path;
}

Result<> parse_size_option(const Arguments& arguments, job::Spec& spec) {
    const auto text = arguments.value("size");
    if (!text) return {};
    const auto parts = split(*text, 'x');
    const auto columns = parts.size() == 2 ? parse_u64(parts[0]) : std::nullopt;
    const auto rows = parts.size() == 2 ? parse_u64(parts[1]) : std::nullopt;
    constexpr std::uint64_t most = 10000;
    if (!columns || !rows || *columns == 0 || *rows == 0 || *columns > most || *rows > most) {
        return fail(Errc::usage, "--size: \"" + printable_line(*text) + "\"", {},
                    "columns and rows, for example --size 120x40");
    }
    spec.columns = static_cast<std::uint16_t>(*columns);
    spec.rows = static_cast<std::uint16_t>(*rows);
    spec.pinned_size = true;
    return {};
}

Result<> read_limits(const Arguments& arguments, job::Spec& spec) {
    const auto timeout = duration_option(arguments, "timeout", 0);
    const auto grace = duration_option(arguments, "stop-grace", duration_setting("stop_grace"));
    const auto signal = signal_option(arguments, "stop-signal", spec.stop_signal);
    const auto log_max =
        size_option(arguments, "log-max",
                    arguments.has("no-log") ? std::uint64_t{8} << 20 : size_setting("log_max"));
    const auto nice = number_option(arguments, "nice", 0);
    if (!timeout) return fail(timeout.error());
    if (!grace) return fail(grace.error());
    if (!signal) return fail(signal.error());
    if (!log_max) return fail(log_max.error());
    if (!nice) return fail(nice.error());
    constexpr std::uint64_t smallest_log = std::uint64_t{64} << 10;
    if (*log_max < smallest_log)
        return fail(Errc::usage, "--log-max: at least 64K are needed", {},
                    "for example --log-max 16M");
    spec.timeout = *timeout;
    spec.stop_grace = *grace;
    spec.stop_signal = *signal;
    spec.log_max = *log_max;
    spec.nice = static_cast<int>(std::min<std::uint64_t>(*nice, 39));
    return {};
}

Result<> check_combinations(const Arguments& arguments, const job::Spec& spec) {
    if (arguments.has("terminal") && arguments.has("no-terminal"))
        return fail(Errc::usage, "-t and -T exclude each other", {},
                    "-t gives the job a terminal, -T none; neither: as we have one ourselves");
    if (arguments.has("detach") && arguments.has("yield"))
        return fail(Errc::usage, "-d and --yield exclude each other", {},
                    "--yield returns by itself");
    if (spec.terminal && arguments.has("stderr")) {
        return fail(Errc::usage, "--stderr needs a job without a terminal",
                    "a terminal has one stream only", "add -T");
    }
    if (spec.terminal && arguments.has("stdin")) {
        return fail(Errc::usage, "--stdin needs a job without a terminal",
                    "with a terminal, its input is what is typed", "add -T");
    }
    if (!spec.keeps_log && arguments.has("stderr"))
        return fail(Errc::usage, "--no-log and --stderr exclude each other",
                    "what is kept in memory is one stream", "leave one of them out");
    if (arguments.has("key") && spec.key.empty())
        return fail(Errc::usage, "--key: an empty key names no job", {},
                    "for example --key build-17");
    if (spec.tags.size() > most_tags) return fail(Errc::usage, "too many tags", {}, "16 at most");
    for (const std::string& tag : spec.tags) {
        if (auto good = job::check_name(tag); !good)
            return fail(Errc::usage, "--tag: \"" + printable_line(tag) + "\"",
                        "a tag is made like a name", "for example --tag nightly");
    }
    return {};
}

/// What our own standard input is, so that `restart` can give it again: "null", the path of a file
/// that is read from its beginning, or "pipe" for what can be read only once.
std::string name_of_our_input() {
    const dev_t null_device = makedev(1, 3); // Documentation/admin-guide/devices.txt
    struct stat ours {};
    if (::fstat(STDIN_FILENO, &ours) != 0) return "null";
    if (S_ISCHR(ours.st_mode) && ours.st_rdev == null_device) return "null";
    if (!S_ISREG(ours.st_mode) || ::lseek(STDIN_FILENO, 0, SEEK_CUR) != 0) return "pipe";
    // A here-document may be a file that has no name any more.
    const std::string path = sys::path_of(STDIN_FILENO);
    struct stat named {};
    const bool same = ::stat(path.c_str(), &named) == 0 && named.st_dev == ours.st_dev &&
                      named.st_ino == ours.st_ino;
    return same ? path : "pipe";
}

/// The standard input of a job without a terminal.
Result<> choose_input(const Arguments& arguments, RunRequest& request) {
    job::Spec& spec = request.launch.spec;
    if (spec.terminal) {
        spec.input = "terminal";
        return {};
    }
    const auto file = arguments.value("stdin");
    // A terminal as input would stop the job (SIGTTIN) or vanish under it.
    const bool ours = file ? *file == "-" : !arguments.has("detach") && ::isatty(STDIN_FILENO) == 0;
    spec.input = ours ? name_of_our_input() : "null";
    if (ours) request.launch.input = STDIN_FILENO;
    if (!file || *file == "-") return {};
    auto fd = sys::open_at(AT_FDCWD, *file, O_RDONLY | O_NOCTTY);
    if (!fd) {
        Error error = Error(fd.error()).within("--stdin");
        error.fix = "name a file that you can read, or - for our own input";
        return fail(std::move(error));
    }
    request.input = std::move(*fd);
    request.launch.input = request.input.get();
    spec.input = sys::path_of(request.input.get());
    return {};
}

Result<> choose_program(const Arguments& arguments, job::LaunchRequest& launch) {
    job::Spec& spec = launch.spec;
    spec.command = arguments.operands();
    if (spec.command.empty())
        return fail(Errc::usage, "no command was given", {},
                    "outlast run COMMAND…   (outlast run --help)");
    spec.arguments = spec.command;
    const bool line =
        spec.command.size() == 1 && spec.command[0].find_first_of(" \t\n") != std::string::npos;
    if (line) spec.arguments = {"bash", "-o", "pipefail", "-c", spec.command[0]};
    const std::string path = variable(spec.environment, "PATH");
    auto program = job::find_program(
        spec.arguments[0], path.empty() ? "/usr/local/bin:/usr/bin:/bin" : path, spec.directory);
    if (!program) return fail(program.error());
    launch.program = *program;
    return {};
}

} // namespace

void take_over_terminal(job::LaunchRequest& launch) {
    // In the background the terminal is a shell's, in whatever state its line editor wants it.
    std::optional<termios> attributes;
    if (sys::in_foreground(STDIN_FILENO)) attributes = sys::terminal_attributes(STDIN_FILENO);
    launch.attributes = attributes.value_or(sys::default_terminal_attributes());
    winsize size{24, 80, 0, 0};
    if (const auto ours = sys::window_size(STDOUT_FILENO);
        ours && ours->ws_col > 0 && ours->ws_row > 0)
        size = *ours;
    if (launch.spec.columns > 0) size = {launch.spec.rows, launch.spec.columns, 0, 0};
    launch.size = size;
}

Result<RunRequest> make_request(const Arguments& arguments) {
    RunRequest request;
    job::LaunchRequest& launch = request.launch;
    job::Spec& spec = launch.spec;
    launch.name = arguments.value("name").value_or("");
    if (arguments.has("name")) {
        if (auto good = job::check_name(launch.name); !good) return fail(good.error());
    }
    const bool by_default = in_terminal() && !arguments.has("no-terminal") &&
                            !arguments.has("stdin") && !arguments.has("stderr");
    spec.terminal = arguments.has("terminal") || by_default;
    spec.keeps_log = !arguments.has("no-log");
    spec.separate_stderr = arguments.has("stderr");
    spec.tags = arguments.values("tag");
    spec.key = arguments.value("key").value_or("");
    if (auto good = check_combinations(arguments, spec); !good) return fail(good.error());
    if (auto good = read_limits(arguments, spec); !good) return fail(good.error());
    if (auto good = parse_size_option(arguments, spec); !good) return fail(good.error());
    auto environment = make_environment(arguments, spec.terminal);
    if (!environment) return fail(environment.error());
    spec.environment = std::move(*environment);
    if (auto chosen = choose_stable_paths(arguments, spec); !chosen) return fail(chosen.error());
    if (auto chosen = choose_input(arguments, request); !chosen) return fail(chosen.error());
    auto directory = working_directory(arguments);
    if (!directory) return fail(directory.error());
    spec.directory = *directory;
    if (auto chosen = choose_program(arguments, launch); !chosen) return fail(chosen.error());
    take_over_terminal(launch);
    launch.signal_mask = sys::callers_signal_mask();
    return request;
}

} // namespace outlast::cli
