// How fast the model of a terminal takes output, and how small it is. Built by bench/run, with
// libvterm beside it (-DWITH_LIBVTERM) where that is installed.
//
//   model_tool        prints a row for each kind of output: name, MB/s, libvterm's MB/s, then for
//   the
//                     state at the end: µs and bytes of a screen, ms and kB with 10,000 lines, kB
//                     kept
#include "terminal/model.hpp"
#include "terminal/screen.hpp"
#include "terminal/serializer.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <malloc.h>
#include <random>
#include <string>
#include <string_view>
#ifdef WITH_LIBVTERM
#include <vterm.h>
#endif

namespace {

using namespace outlast::terminal;
constexpr Size size{40, 120};
constexpr std::size_t piece = 65536;
constexpr int rounds = 5;

double seconds(const std::function<void()>& work, int times) {
    double best = 1e9;
    for (int i = 0; i < times; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        work();
        best = std::min(
            best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    return best;
}

std::mt19937 chance(1); // NOLINT(cert-msc51-cpp): the same text each time

unsigned upto(unsigned most) { return static_cast<unsigned>(chance()) % (most + 1); }

const char* word() {
    constexpr const char* words[] = {"the ",   "quick ", "brown ", "fox ",
                                     "jumps ", "over ",  "lazy ",  "dogs "};
    return words[upto(7)];
}

std::string plain() {
    std::string text;
    while (text.size() < 16'000'000) {
        for (unsigned i = upto(13) + 1; i > 0; --i) text += word();
        text += "\r\n";
    }
    return text;
}

std::string colored() {
    std::string text;
    while (text.size() < 16'000'000) {
        for (unsigned i = upto(9) + 1; i > 0; --i) {
            text += "\033[" + std::to_string(30 + upto(7)) + "m" + word() + "\033[0m";
            if (upto(2) == 0) text += "\033[38;2;" + std::to_string(upto(255)) + ";10;20m";
        }
        text += "\r\n";
    }
    return text;
}

std::string chinese() {
    std::string text;
    while (text.size() < 16'000'000) {
        for (unsigned i = upto(39) + 1; i > 0; --i) {
            const unsigned code = 0x4E00 + upto(5000);
            text += static_cast<char>(0xE0 | code >> 12);
            text += static_cast<char>(0x80 | (code >> 6 & 63));
            text += static_cast<char>(0x80 | (code & 63));
        }
        text += "\r\n";
    }
    return text;
}

/// As an editor or top draws: to a place, a colour, a piece of a line, the rest erased.
std::string full_screen() {
    std::string text = "\033[?1049h";
    while (text.size() < 16'000'000) {
        text += "\033[" + std::to_string(upto(39) + 1) + ";" + std::to_string(upto(60) + 1) +
                "H\033[" + std::to_string(30 + upto(7)) + "m";
        for (unsigned i = upto(8) + 4; i > 0; --i) text += word();
        text += "\033[0m\033[K";
    }
    return text;
}

#ifdef WITH_LIBVTERM
double libvterm_seconds(const std::string& text) {
    return seconds(
        [&] {
            VTerm* terminal = vterm_new(size.rows, size.columns);
            vterm_set_utf8(terminal, 1);
            vterm_screen_reset(vterm_obtain_screen(terminal), 1);
            for (std::size_t at = 0; at < text.size(); at += piece)
                vterm_input_write(terminal, text.data() + at, std::min(piece, text.size() - at));
            vterm_free(terminal);
        },
        2);
}
#else
double libvterm_seconds(const std::string& /*text*/) { return 0; }
#endif

void measure(const char* name, const std::string& text) {
    const auto feed = [&](Model& model) {
        for (std::size_t at = 0; at < text.size(); at += piece)
            model.feed(std::string_view(text).substr(at, piece));
    };
    const double ours = seconds(
        [&] {
            Model model(size);
            feed(model);
        },
        rounds);
    const double theirs = libvterm_seconds(text);
    const std::size_t before = mallinfo2().uordblks;
    Model model(size);
    feed(model);
    const std::size_t kept = mallinfo2().uordblks - before;
    std::size_t screen_bytes = 0;
    std::size_t whole_bytes = 0;
    RestoreOptions screen;
    screen.in_place = true;
    RestoreOptions whole;
    whole.history_lines = 10000;
    const double screen_time = seconds([&] { screen_bytes = restore(model, screen).size(); }, 50);
    const double whole_time = seconds([&] { whole_bytes = restore(model, whole).size(); }, rounds);
    const auto megabytes = [&](double time) {
        return time > 0 ? static_cast<double>(text.size()) / time / 1e6 : 0;
    };
    std::printf("%s\t%.0f\t%.0f\t%.0f\t%zu\t%.1f\t%zu\t%zu\t%zu\n", name, megabytes(ours),
                megabytes(theirs), screen_time * 1e6, screen_bytes, whole_time * 1e3,
                whole_bytes / 1000, kept / 1000, model.screen().history.size());
}

} // namespace

int main() {
    measure("plain", plain());
    measure("colours", colored());
    measure("Chinese", chinese());
    measure("full screen", full_screen());
    return 0;
}
