// How fast the model of a terminal takes output, and how small it is. Built by bench/run, with
// libvterm and libtsm beside it (-DWITH_LIBVTERM, -DWITH_LIBTSM) where they are installed.
//
// model_tool [RECORDING...]: prints a row for each kind of output, and one each for recordings of
// programs with and without the alternate screen (files NAME.COLUMNSxROWS). In it are the name;
// MB/s of ours, of libvterm, of libtsm (0: not there); then of ours at the end µs and bytes of a
// screen, ms and kB with 10,000 lines; and the kB that 10,000 lines take.
//
// Times are the processor's, and the shortest: what else runs on the machine counts for little.
#include "terminal/model.hpp"
#include "terminal/screen.hpp"
#include "terminal/serializer.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <functional>
#include <iterator>
#include <malloc.h>
#include <random>
#include <string>
#include <string_view>
#include <vector>
#ifdef WITH_LIBVTERM
#include <vterm.h>
#endif
#ifdef WITH_LIBTSM
#include <libtsm.h>
#endif

namespace {

using namespace outlast::terminal;
constexpr std::size_t piece = 65536;
constexpr std::size_t enough = 16'000'000; // bytes of each kind
constexpr int rounds = 7;

/// What one terminal is sent, `times` times.
struct Output {
    std::string text;
    Size size{40, 120};
    int times = 1;
};

double processor_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double seconds(const std::function<void()>& work, int times) {
    double best = 1e9;
    for (int i = 0; i < times; ++i) {
        const double begin = processor_seconds();
        work();
        best = std::min(best, processor_seconds() - begin);
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
    while (text.size() < enough) {
        for (unsigned i = upto(13) + 1; i > 0; --i) text += word();
        text += "\r\n";
    }
    return text;
}

std::string colored() {
    std::string text;
    while (text.size() < enough) {
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
    while (text.size() < enough) {
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
    while (text.size() < enough) {
        text += "\033[" + std::to_string(upto(39) + 1) + ";" + std::to_string(upto(60) + 1) +
                "H\033[" + std::to_string(30 + upto(7)) + "m";
        for (unsigned i = upto(8) + 4; i > 0; --i) text += word();
        text += "\033[0m\033[K";
    }
    return text;
}

/// Hands the output to `take`, in pieces as a reader of a terminal gets them.
void play(const Output& output, const std::function<void(std::string_view)>& take) {
    for (int i = 0; i < output.times; ++i) {
        for (std::size_t at = 0; at < output.text.size(); at += piece)
            take(std::string_view(output.text).substr(at, piece));
    }
}

void play_to_ours(const Output& output) {
    Model model(output.size);
    play(output, [&](std::string_view bytes) { model.feed(bytes); });
}

void play_to_libvterm([[maybe_unused]] const Output& output) {
#ifdef WITH_LIBVTERM
    VTerm* terminal = vterm_new(output.size.rows, output.size.columns);
    vterm_set_utf8(terminal, 1);
    vterm_screen_reset(vterm_obtain_screen(terminal), 1);
    play(output,
         [&](std::string_view bytes) { vterm_input_write(terminal, bytes.data(), bytes.size()); });
    vterm_free(terminal);
#endif
}

void play_to_libtsm([[maybe_unused]] const Output& output) {
#ifdef WITH_LIBTSM
    tsm_screen* screen = nullptr;
    tsm_vte* terminal = nullptr;
    tsm_screen_new(&screen, nullptr, nullptr);
    tsm_screen_resize(screen, output.size.columns, output.size.rows);
    tsm_screen_set_max_sb(screen, 10000);
    const auto ignore = [](tsm_vte*, const char*, std::size_t, void*) {};
    tsm_vte_new(&terminal, screen, ignore, nullptr, nullptr, nullptr);
    play(output,
         [&](std::string_view bytes) { tsm_vte_input(terminal, bytes.data(), bytes.size()); });
    tsm_vte_unref(terminal);
    tsm_screen_unref(screen);
#endif
}

/// Of all outputs together.
double speed(const std::vector<Output>& outputs, void (*play_to)(const Output&), int times) {
    double bytes = 0;
    double needed = 0;
    for (const Output& output : outputs) {
        bytes += static_cast<double>(output.text.size()) * output.times;
        needed += seconds([&] { play_to(output); }, times);
    }
    // Nobody takes a gigabyte in a tenth of a second: there is no such library.
    return needed < bytes / 1e10 ? 0 : bytes / needed / 1e6;
}

std::size_t allocated() {
    const auto now = mallinfo2();
    return now.uordblks + now.hblkhd;
}

/// The kB that the first 10,000 lines take, the screen included.
std::size_t kept_by_lines(const Output& output) {
    const std::size_t before = allocated();
    Model model(output.size);
    for (std::size_t at = 0; at < output.text.size(); at += 4096) {
        model.feed(std::string_view(output.text).substr(at, 4096));
        if (model.screen().history.size() >= 10000) return (allocated() - before) / 1000;
    }
    return 0;
}

void measure(const char* name, const std::vector<Output>& outputs) {
    std::printf("%s\t%.0f\t%.0f\t%.0f", name, speed(outputs, play_to_ours, rounds),
                speed(outputs, play_to_libvterm, 2), speed(outputs, play_to_libtsm, 2));
    double screen_time = 0;
    double whole_time = 0;
    std::size_t screen_bytes = 0;
    std::size_t whole_bytes = 0;
    RestoreOptions screen;
    screen.in_place = true;
    RestoreOptions whole;
    whole.history_lines = 10000;
    // Of several, the worst.
    for (const Output& output : outputs) {
        Model model(output.size);
        play(output, [&](std::string_view bytes) { model.feed(bytes); });
        const auto time = [&](const RestoreOptions& options, int times) {
            return seconds([&] { (void)restore(model, options); }, times);
        };
        screen_time = std::max(screen_time, time(screen, 50));
        whole_time = std::max(whole_time, time(whole, rounds));
        screen_bytes = std::max(screen_bytes, restore(model, screen).size());
        whole_bytes = std::max(whole_bytes, restore(model, whole).size());
    }
    std::printf("\t%.0f\t%zu\t%.1f\t%zu\t%zu\n", screen_time * 1e6, screen_bytes, whole_time * 1e3,
                whole_bytes / 1000, kept_by_lines(outputs.front()));
}

/// A recording, again and again; its size is in its name.
Output recorded(const std::string& path, std::size_t wanted) {
    Output output;
    std::ifstream file(path, std::ios::binary);
    output.text.assign(std::istreambuf_iterator<char>(file), {});
    unsigned columns = 80;
    unsigned rows = 24;
    const std::size_t dot = path.rfind('.');
    if (dot == std::string::npos ||
        std::sscanf(path.c_str() + dot, ".%ux%u", &columns, &rows) != 2 || output.text.empty()) {
        std::fprintf(stderr, "%s: no recording NAME.COLUMNSxROWS\n", path.c_str());
        std::exit(1);
    }
    output.size = {static_cast<std::uint16_t>(rows), static_cast<std::uint16_t>(columns)};
    output.times = static_cast<int>(wanted / output.text.size()) + 1;
    return output;
}

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> paths(argv + 1, argv + argc);
    measure("plain", {{plain()}});
    measure("colours", {{colored()}});
    measure("Chinese", {{chinese()}});
    measure("full screen", {{full_screen()}});
    std::vector<Output> drawing; // those on the alternate screen
    std::vector<Output> writing;
    for (const std::string& path : paths) {
        const Output output = recorded(path, enough / paths.size());
        const bool draws = output.text.find("\033[?1049h") != std::string::npos;
        (draws ? drawing : writing).push_back(output);
    }
    if (!drawing.empty()) measure("recorded, full screen", drawing);
    if (!writing.empty()) measure("recorded, line by line", writing);
    return 0;
}
