// A terminal for the benchmarks: runs a command in a new pty, and reads it fast, slowly, or not at
// all.
//
//   pty_tool drain CMD…            reads as fast as it comes; prints seconds and bytes at the end
//   pty_tool read-at RATE CMD…     at most RATE bytes a second (0: nothing after the first 4 KB),
//                                  until its standard input ends; prints a line when it begins
//   pty_tool interrupt RATE MARK CMD…  reads at most RATE bytes a second (0: as fast as it can) for
//                                  two seconds, types Ctrl-C, prints the ms until MARK has come
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
#include <string_view>
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

/// Reads until the terminal ends.
int drain(char** command) {
    const auto begin = Clock::now();
    const int master = start(command);
    std::vector<char> buffer(65536);
    double bytes = 0;
    for (;;) {
        const ssize_t count = ::read(master, buffer.data(), buffer.size());
        if (count <= 0) break;
        bytes += static_cast<double>(count);
    }
    int status = 0;
    ::wait(&status);
    std::printf("%.6f %.0f\n", since(begin), bytes);
    return 0;
}

/// Reads a terminal no faster than it is told.
class SlowReader {
public:
    SlowReader(int master, double rate) : m_master(master), m_rate(rate) {}

    /// What came; nothing at the end.
    std::string_view next() {
        const double ahead = m_rate > 0 ? m_bytes / m_rate - since(m_begin) : 0;
        if (ahead > 0) std::this_thread::sleep_for(std::chrono::duration<double>(ahead));
        const ssize_t count = ::read(m_master, m_buffer.data(), m_buffer.size());
        m_bytes += static_cast<double>(count);
        return {m_buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
    }

private:
    int m_master;
    double m_rate;
    double m_bytes = 0;
    Clock::time_point m_begin = Clock::now();
    std::vector<char> m_buffer = std::vector<char>(4096);
};

int read_at(double rate, char** command) {
    const int master = start(command);
    SlowReader reader(master, rate);
    (void)reader.next();
    std::puts("begun");
    std::fflush(stdout);
    pollfd input{STDIN_FILENO, POLLIN, 0};
    while (::poll(&input, 1, rate > 0 ? 0 : -1) == 0) {
        if (reader.next().empty()) break;
    }
    return 0;
}

int interrupt(double rate, std::string_view mark, char** command) {
    constexpr double flooded = 2;
    constexpr double longest = 60;
    const int master = start(command);
    SlowReader reader(master, rate);
    const auto begin = Clock::now();
    Clock::time_point typed;
    bool has_typed = false;
    std::string seen;
    while (since(begin) < longest) {
        if (!has_typed && since(begin) > flooded) {
            typed = Clock::now();
            has_typed = true;
            (void)!::write(master, "\003", 1);
        }
        const std::string_view bytes = reader.next();
        if (bytes.empty()) break;
        if (has_typed) seen += bytes;
        if (seen.find(mark) != std::string::npos) {
            std::printf("%.1f\n", since(typed) * 1e3);
            return 0;
        }
        if (seen.size() > mark.size()) seen.erase(0, seen.size() - mark.size());
    }
    std::puts("never");
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
    if (mode == "drain") return drain(argv + 2);
    if (argc < 4) return 2;
    if (mode == "read-at") return read_at(std::atof(argv[2]), argv + 3);
    if (mode == "echo") return echo(std::atoi(argv[2]), argv + 3);
    if (mode == "interrupt" && argc > 4) return interrupt(std::atof(argv[2]), argv[3], argv + 4);
    return 2;
}
