// sudo outlast adopt: a user's process becomes a job of that user, not of root.
#include "cli/adopt_for_user.hpp"

#include "base/text.hpp"
#include "job/paths.hpp"
#include "sys/become_user.hpp"
#include "sys/close_descriptors.hpp"
#include "sys/process_info.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

namespace outlast::cli {
namespace {

constexpr const char* owner_variable = "OUTLAST_ACTS_FOR";

std::string name_of(uid_t user) {
    const std::string name = job::login_name(user);
    return name.empty() ? "uid " + std::to_string(user) : printable_line(name);
}

/// The same command, with pids in the place of what root's shell or names stood for.
std::vector<std::string> command_for(const std::vector<pid_t>& processes,
                                     const Arguments& arguments, const Output& output) {
    std::vector<std::string> words{"outlast", "adopt"};
    if (arguments.has("watch")) words.emplace_back("--watch");
    for (const char* option : {"name", "color", "state-dir"}) {
        if (const auto value = arguments.value(option))
            words.push_back("--" + std::string(option) + "=" + *value);
    }
    if (output.json) words.emplace_back("--json");
    if (output.quiet) words.emplace_back("--quiet");
    if (output.verbose) words.emplace_back("--verbose");
    for (const pid_t pid : processes) words.push_back(std::to_string(pid));
    return words;
}

/// Of the user: where jobs and sockets are. Of ours: how to write on this terminal.
std::vector<std::string> environment_for(pid_t process, uid_t user) {
    std::vector<std::string> environment{"PATH=/usr/local/bin:/usr/bin:/bin"};
    const auto add = [&](const std::string& name, const std::string& value) {
        if (!value.empty()) environment.push_back(name + "=" + value);
    };
    for (const char* name :
         {"XDG_STATE_HOME", "XDG_RUNTIME_DIR", "OUTLAST_STATE_DIR", "OUTLAST_RUNTIME_DIR"})
        add(name, sys::read_environment(process, name));
    for (const char* name : {"LANG", "LC_ALL", "LC_CTYPE", "TERM", "NO_COLOR"}) {
        if (const char* value = std::getenv(name)) add(name, value);
    }
    const std::string home = job::home_directory(user);
    add("HOME", home.empty() ? sys::read_environment(process, "HOME") : home);
    add("USER", job::login_name(user));
    add("LOGNAME", job::login_name(user));
    add(owner_variable, name_of(user));
    return environment;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
    std::vector<char*> pointers;
    pointers.reserve(words.size() + 1);
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// Nothing of root's but the streams to report on.
void leave_descriptors() {
    const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup2(null, STDIN_FILENO);
    sys::close_descriptors_but({STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO});
}

} // namespace

Result<> act_as_owner(const std::vector<pid_t>& processes, const Arguments& arguments,
                      const Output& output) {
    if (::geteuid() != 0 || processes.empty()) return {};
    std::optional<sys::UserIdentity> identity;
    for (const pid_t pid : processes) {
        auto other = sys::identity_of_process(pid);
        if (!other) continue; // it has ended: that is told as ever
        if (!identity) identity = *other;
        if (identity->user == other->user) continue;
        return fail(Errc::refused, "these processes belong to several users",
                    name_of(identity->user) + " and " + name_of(other->user) +
                        ": each gets the jobs of its own",
                    "adopt them one by one");
    }
    if (!identity || identity->user == 0) return {};
    auto words = command_for(processes, arguments, output);
    auto environment = environment_for(processes.front(), identity->user);
    const auto word_list = pointers_to(words);
    const auto environment_list = pointers_to(environment);
    leave_descriptors();
    ::umask(077);
    if (auto done = sys::become_user(*identity, sys::KeptRight::tracing); !done) return done;
    (void)!::chdir("/");
    ::execve("/proc/self/exe", word_list.data(), environment_list.data());
    Error error = errno_error(errno, "execute outlast as " + name_of(identity->user));
    error.fix = "install it where every user may execute it: /usr/local/bin";
    return fail(std::move(error));
}

std::string owner_acted_for() {
    const char* owner = ::geteuid() == 0 ? nullptr : std::getenv(owner_variable);
    return owner != nullptr ? printable_line(owner) : std::string();
}

std::string owner_text(const std::string& job) {
    const std::string owner = owner_acted_for();
    if (owner.empty()) return {};
    const std::string name = printable_line(job);
    return "it is a job of " + owner + ", who types: outlast attach " + name + ", outlast logs " +
           name + ", outlast stop " + name;
}

} // namespace outlast::cli
