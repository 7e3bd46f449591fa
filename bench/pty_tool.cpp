// A terminal for the benchmarks: runs a command in a new pty, and reads it fast, slowly, or not at
// all.
//
//   pty_tool drain CMD…            reads as fast as it comes; prints seconds and bytes at the end
//   pty_tool drain-at RATE CMD…    at most RATE bytes a second
//   pty_tool freeze CMD…           reads the first 4 KB, then nothing until its standard input ends
//   pty_tool echo COUNT CMD…       types COUNT keys one by one; prints median and 99th percentile
//   in µs
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <poll.h>
#include <pty.h>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

int start(char** command) {
    int master = -1;
    winsize size{40, 120, 0, 0};
    const pid_t child = ::forkpty(&master, nullptr, nullptr, &size);
    if (child < 0) {
        std::perror("forkpty");
        std::exit(1);
    }
    if (child == 0) {
        ::execvp(command[0], command);
        std::perror(command[0]);
        ::_exit(127);
    }
    return master;
}

/// Reads until the terminal ends; with a rate, sleeps as often as it must.
int drain(char** command, double rate) {
    const auto begin = Clock::now();
    const int master = start(command);
    std::vector<char> buffer(65536);
    double bytes = 0;
    for (;;) {
        const ssize_t count = ::read(master, buffer.data(), buffer.size());
        if (count <= 0) break;
        bytes += static_cast<double>(count);
        const double ahead = rate > 0 ? bytes / rate - since(begin) : 0;
        if (ahead > 0.001) std::this_thread::sleep_for(std::chrono::duration<double>(ahead));
    }
    int status = 0;
    ::wait(&status);
    std::printf("%.6f %.0f\n", since(begin), bytes);
    return 0;
}

int freeze(char** command) {
    const int master = start(command);
    std::vector<char> buffer(4096);
    (void)!::read(master, buffer.data(), buffer.size());
    std::puts("frozen");
    std::fflush(stdout);
    while (::read(STDIN_FILENO, buffer.data(), buffer.size()) > 0) {
    }
    return 0;
}

/// Waits until nothing has come for `quiet_ms`.
void settle(int master, int quiet_ms) {
    std::vector<char> buffer(65536);
    for (pollfd watch{master, POLLIN, 0}; ::poll(&watch, 1, quiet_ms) > 0;) {
        if (::read(master, buffer.data(), buffer.size()) <= 0) return;
    }
}

int echo(int count, char** command) {
    const int master = start(command);
    constexpr int quiet_ms = 700;
    settle(master, quiet_ms);
    std::vector<double> times;
    std::vector<char> buffer(65536);
    for (int i = 0; i < count; ++i) {
        const char key = static_cast<char>('a' + i % 26);
        const auto begin = Clock::now();
        (void)!::write(master, &key, 1);
        for (bool seen = false; !seen;) {
            const ssize_t got = ::read(master, buffer.data(), buffer.size());
            if (got <= 0) return 1;
            seen = std::memchr(buffer.data(), key, static_cast<std::size_t>(got)) != nullptr;
        }
        times.push_back(since(begin) * 1e6);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    std::sort(times.begin(), times.end());
    std::printf("%.1f %.1f\n", times[times.size() / 2], times[times.size() * 99 / 100]);
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    const std::string mode = argv[1];
    if (mode == "drain") return drain(argv + 2, 0);
    if (mode == "freeze") return freeze(argv + 2);
    if (argc < 4) return 2;
    if (mode == "drain-at") return drain(argv + 3, std::atof(argv[2]));
    if (mode == "echo") return echo(std::atoi(argv[2]), argv + 3);
    return 2;
}
