// Children of this process.
#include "sys/children.hpp"

#include "sys/signals.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace outlast::sys {
namespace {

constexpr std::array terminal_signals{SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};

std::vector<char*> as_array(const std::vector<std::string>& words) {
    std::vector<char*> array;
    array.reserve(words.size() + 1);
    // execve takes char* const[] for historical reasons and changes nothing.
    for (const std::string& word : words) array.push_back(const_cast<char*>(word.c_str()));
    array.push_back(nullptr);
    return array;
}

void take_defaults() noexcept {
    for (const int signal : terminal_signals) ::signal(signal, SIG_DFL);
    ::sigprocmask(SIG_SETMASK, &callers_signal_mask(), nullptr);
}

} // namespace

Result<pid_t> spawn_here(const std::string& program, const std::vector<std::string>& arguments) {
    const auto words = as_array(arguments);
    int failure[2];
    if (::pipe2(failure, O_CLOEXEC) != 0) return fail_errno("pipe");
    const UniqueFd failed(failure[0]);
    UniqueFd told(failure[1]);
    const pid_t child = ::fork();
    if (child < 0) return fail_errno("fork");
    if (child == 0) {
        take_defaults();
        ::execv(program.c_str(), words.data());
        const int number = errno;
        (void)!::write(told.get(), &number, sizeof number);
        ::_exit(127);
    }
    told.reset();
    int number = 0;
    if (::read(failed.get(), &number, sizeof number) != sizeof number) return child;
    ::waitpid(child, nullptr, 0);
    return fail_errno(number, program);
}

Error become(const std::string& program, const std::vector<std::string>& arguments) {
    const auto words = as_array(arguments);
    take_defaults();
    ::execv(program.c_str(), words.data());
    return errno_error(program);
}

std::optional<ReapedChild> reap_child(Wait wait) {
    ReapedChild child;
    do {
        child.pid = ::wait4(-1, &child.status, wait == Wait::for_one ? 0 : WNOHANG, &child.usage);
    } while (child.pid < 0 && errno == EINTR);
    return child.pid > 0 ? std::optional(child) : std::nullopt;
}

void ignore_terminal_signals() noexcept {
    for (const int signal : terminal_signals) ::signal(signal, SIG_IGN);
}

} // namespace outlast::sys
