// Which lines of a job's history a terminal has in its scrollback already.
#include "attach/seen_lines.hpp"

#include "base/text.hpp"
#include "sys/file.hpp"
#include "sys/process_info.hpp"

#include <array>
#include <unistd.h>
#include <vector>

namespace outlast::attach {
namespace {

constexpr const char* seen_file = "seen";
constexpr std::size_t most_terminals = 16;
constexpr std::size_t largest_file = 8192;

/// "RUN LINES SESSION START PATH": a path may hold blanks.
struct Entry {
    std::uint64_t run = 0;
    std::uint64_t lines = 0;
    TerminalKey terminal;
};

std::vector<Entry> read_entries(const job::JobFolder& folder) {
    std::vector<Entry> entries;
    const auto text = sys::read_file_at(folder.fd.get(), seen_file, largest_file);
    if (!text) return entries;
    for (std::string_view line : split(*text, '\n')) {
        std::array<std::uint64_t, 4> numbers{};
        bool good = !line.empty();
        for (std::uint64_t& number : numbers) {
            const std::size_t end = line.find(' ');
            const auto value = parse_u64(line.substr(0, end));
            good = good && value && end != std::string_view::npos;
            if (!good) break;
            number = *value;
            line.remove_prefix(end + 1);
        }
        if (!good) continue; // damaged, or of a later version
        entries.push_back({numbers[0],
                           numbers[1],
                           {std::string(line), static_cast<pid_t>(numbers[2]), numbers[3]}});
    }
    return entries;
}

} // namespace

TerminalKey TerminalKey::own() {
    TerminalKey key;
    std::array<char, 128> name{};
    key.session = ::getsid(0);
    const auto leader = sys::read_process_stat(key.session);
    if (!leader || ::ttyname_r(STDIN_FILENO, name.data(), name.size()) != 0) return key;
    key.session_start = leader->start_ticks;
    key.path = name.data();
    return key;
}

std::uint64_t read_seen_lines(const job::JobFolder& folder, std::uint32_t run,
                              const TerminalKey& terminal) {
    if (terminal.path.empty()) return 0;
    for (const Entry& entry : read_entries(folder)) {
        if (entry.run == run && entry.terminal == terminal) return entry.lines;
    }
    return 0;
}

void write_seen_lines(const job::JobFolder& folder, std::uint32_t run, const TerminalKey& terminal,
                      std::uint64_t lines) {
    if (terminal.path.empty() || terminal.path.find('\n') != std::string::npos) return;
    std::vector<Entry> entries{{run, lines, terminal}};
    for (Entry& entry : read_entries(folder)) {
        if (entry.terminal != terminal && entries.size() < most_terminals)
            entries.push_back(std::move(entry));
    }
    std::string text;
    for (const Entry& entry : entries) {
        text += std::to_string(entry.run) + " " + std::to_string(entry.lines) + " " +
                std::to_string(entry.terminal.session) + " " +
                std::to_string(entry.terminal.session_start) + " " + entry.terminal.path + "\n";
    }
    (void)sys::replace_file_at(folder.fd.get(), seen_file, text, sys::Durability::page_cache);
}

} // namespace outlast::attach
