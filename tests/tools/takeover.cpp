// Takes a process over to a pseudo terminal of this program's own: what `outlast adopt` does,
// without a job around it. The tests of src/adopt use it.
//
//     outlast_takeover PID
//
// One line on stdout says what was done, as JSON, or why not; then follow the bytes that come out
// of the new terminal, and standard input is typed into it, until that ends. SIGUSR1 gives the
// process the terminal as its controlling one, as the first attach does.
#include "adopt/takeover.hpp"
#include "adopt/terminal_gift.hpp"
#include "sys/pty.hpp"
#include "sys/signals.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <poll.h>
#include <string>
#include <unistd.h>

using namespace outlast;

namespace {

void complain(const Error& error) {
    std::cout << R"({"ok":false,"error":")" << error.message() << R"(","why":")" << error.why
              << R"(","fix":")" << error.fix << "\"}\n"
              << std::flush;
}

void report(const adopt::Takeover& done) {
    std::cout << R"({"ok":true,"frozen_us":)" << done.frozen / 1000 << R"(,"descriptors":)"
              << done.descriptors << R"(,"owner":)" << done.terminal_owner << R"(,"hangup":)"
              << (done.away_from_hangup ? "true" : "false") << R"(,"shell":)"
              << (done.shell_took_terminal ? "true" : "false") << R"(,"flaws":)"
              << done.flaws.size() << R"(,"processes":[)";
    const char* comma = "";
    for (const auto& process : done.processes) {
        std::cout << comma << R"({"pid":)" << process.pid << R"(,"group":)" << process.group << "}";
        comma = ",";
    }
    std::cout << "]}\n" << std::flush;
}

bool copy(int from, int into) {
    std::array<char, 65536> bytes{};
    const ssize_t count = ::read(from, bytes.data(), bytes.size());
    if (count < 0 && errno == EAGAIN) return true;
    if (count <= 0) return false;
    return ::write(into, bytes.data(), static_cast<std::size_t>(count)) == count;
}

void relay(int master, int signals, pid_t pid, const std::string& path) {
    std::array<pollfd, 3> watched{
        {{master, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}, {signals, POLLIN, 0}}};
    while (::poll(watched.data(), watched.size(), -1) >= 0) {
        if (watched[0].revents != 0 && !copy(master, STDOUT_FILENO)) return;
        if (watched[1].revents != 0 && !copy(STDIN_FILENO, master)) return;
        if (watched[2].revents != 0) {
            static_cast<void>(sys::take_signal(signals));
            const auto given = adopt::give_terminal(pid, {pid}, path);
            if (!given) complain(given.error());
            else std::cout << "owner " << *given << "\n" << std::flush;
        }
    }
}

int run(pid_t pid) {
    const auto plan = adopt::examine(pid);
    if (!plan) {
        complain(plan.error());
        return 1;
    }
    auto pty = sys::open_pty();
    if (!pty) return 2;
    std::array<char, 64> path{};
    if (::ttyname_r(pty->slave.get(), path.data(), path.size()) != 0) return 2;
    if (plan->attributes) ::tcsetattr(pty->slave.get(), TCSANOW, &*plan->attributes);
    if (plan->size) static_cast<void>(sys::set_window_size(pty->slave.get(), *plan->size));
    sigset_t asked;
    ::sigemptyset(&asked);
    ::sigaddset(&asked, SIGUSR1);
    ::sigprocmask(SIG_BLOCK, &asked, nullptr);
    const auto signals = sys::open_signal_fd({SIGUSR1});
    if (!signals) return 2;
    const std::string terminal = plan->wants_terminal() ? path.data() : "";
    const auto done = adopt::take_over(*plan, terminal, [](const auto&) { return Result<>(); });
    if (!done) {
        complain(done.error());
        return 1;
    }
    report(*done);
    pty->slave.reset(); // from here on only what was taken over holds it
    relay(pty->master.get(), signals->get(), pid, path.data());
    return 0;
}

} // namespace

int main(int count, char** words) {
    if (count != 2) return 2;
    return run(static_cast<pid_t>(std::strtol(words[1], nullptr, 10)));
}
