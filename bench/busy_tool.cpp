// A busy program to be adopted: busy_tool THREADS REPORT
//
// Each thread computes without a pause; the first also writes a line to its terminal
// every 10 ms. Every 50 ms a line is added to REPORT: how often the first thread went round since
// the last line, and the longest time in µs between two rounds.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

long microseconds(Clock::duration span) {
    return std::chrono::duration_cast<std::chrono::microseconds>(span).count();
}

void compute() {
    volatile unsigned long sum = 0;
    while (true) sum = sum + 1;
}

} // namespace

int main(int count, char** words) {
    if (count != 3) return 2;
    std::FILE* const report = std::fopen(words[2], "w");
    if (report == nullptr) return 2;
    std::vector<std::thread> others;
    for (int n = 1; n < std::atoi(words[1]); ++n) others.emplace_back(compute);
    long rounds = 0;
    long longest = 0;
    auto last = Clock::now();
    auto written = last;
    auto reported = last;
    while (true) {
        const auto now = Clock::now();
        longest = std::max(longest, microseconds(now - last));
        last = now;
        ++rounds;
        if (microseconds(now - written) >= 10'000) {
            written = now;
            if (::write(STDOUT_FILENO, "line\n", 5) < 0) return 74;
        }
        if (microseconds(now - reported) >= 50'000) {
            std::fprintf(report, "%ld %ld\n", rounds, longest);
            std::fflush(report);
            rounds = longest = 0;
            reported = last = Clock::now();
        }
    }
}
