// The job tables of bash and zsh, read out of their memory.
//
// Both export their variables by name, bash for its loadable builtins and zsh for its modules, so
// that the addresses are known for certain. The layout of the structures behind them is not, which
// is why only versions are read whose sources have it, and why every job must be one that the
// kernel knows as a child's process group.
#include "shell/shell_memory.hpp"

#include "shell/program_symbols.hpp"
#include "sys/process_info.hpp"
#include "sys/process_memory.hpp"

#include <cstring>

namespace outlast::shell {
namespace {

constexpr int most_slots = 4096;

/// Reads values of fixed offsets; remembers that one could not be read.
class Memory {
public:
    explicit Memory(pid_t pid) : m_pid(pid) {}

    template <class T> T get(std::uint64_t address) {
        T value{};
        const auto bytes = sys::read_process_memory(m_pid, address, sizeof(T));
        if (bytes) std::memcpy(&value, bytes->data(), sizeof(T));
        else m_failed = true;
        return value;
    }
    std::uint64_t pointer(std::uint64_t address) { return get<std::uint64_t>(address); }
    /// At most 15 bytes of text.
    std::string text(std::uint64_t address) {
        std::string found;
        for (std::uint64_t i = 0; i < 15; ++i) {
            const char letter = get<char>(address + i);
            if (letter == '\0' || m_failed) break;
            found += letter;
        }
        return found;
    }
    [[nodiscard]] bool failed() const noexcept { return m_failed; }

private:
    pid_t m_pid;
    bool m_failed = false;
};

bool is_group_of_ours(pid_t group, pid_t shell, const std::set<pid_t>& child_groups) {
    if (child_groups.contains(group)) return true;
    // A job that was adopted is in another group by now; the shell knows it by its old one.
    const auto leader = sys::read_process_stat(group);
    if (leader && leader->parent == shell) return true;
    const auto stat = sys::read_process_stat(shell); // without job control: the shell's own group
    return stat && stat->group == group;
}

/// jobs.h of bash 4.4 to 5.3 on machines with pointers of 64 bits.
namespace bash {
constexpr std::uint64_t slots = 28, count = 40, current = 48, previous = 52; // struct jobstats
constexpr std::uint64_t group = 16, state = 20, flags = 24;                  // struct job
constexpr int running = 1, stopped = 2, dead = 4, mixed = 8;                 // JOB_STATE
constexpr int no_hangup = 8;                                                 // J_NOHUP
} // namespace bash

/// zsh.h of zsh 5.0 to 5.9.
namespace zsh {
constexpr std::uint64_t job_size = 64, group = 0, stat = 8;                     // struct job
constexpr int stopped = 2, done = 8, locked = 0x10, hidden = 0x20, used = 0x40; // STAT_…
constexpr std::uint64_t buckets = 8;                                            // struct hashtable
constexpr std::uint64_t next = 0, name = 8, option = 24;                        // struct optname
constexpr int most_options = 512;
} // namespace zsh

/// The value of zsh's option `hup`: whether it hangs up its jobs.
std::optional<bool> zsh_hangs_up(Memory& memory, std::uint64_t table_at, std::uint64_t options) {
    const std::uint64_t table = memory.pointer(table_at);
    const int size = memory.get<int>(table);
    const std::uint64_t nodes = memory.pointer(table + zsh::buckets);
    if (size <= 0 || size > zsh::most_options) return std::nullopt;
    int seen = 0;
    for (int bucket = 0; bucket < size && !memory.failed(); ++bucket) {
        std::uint64_t node = memory.pointer(nodes + static_cast<std::uint64_t>(bucket) * 8);
        for (; node != 0 && !memory.failed(); node = memory.pointer(node + zsh::next)) {
            if (++seen > zsh::most_options) return std::nullopt;
            if (memory.text(memory.pointer(node + zsh::name)) != "hup") continue;
            const int number = memory.get<int>(node + zsh::option);
            if (number <= 0 || number > zsh::most_options) return std::nullopt;
            const char value = memory.get<char>(options + static_cast<std::uint64_t>(number));
            if (memory.failed() || (value != 0 && value != 1)) return std::nullopt;
            return value == 1;
        }
    }
    return std::nullopt;
}

char mark_of(int index, int current, int previous) {
    if (index == current) return '+';
    return index == previous ? '-' : ' ';
}

} // namespace

std::optional<std::vector<Job>> read_bash_jobs(pid_t pid, const std::set<pid_t>& child_groups) {
    if (sizeof(void*) != 8) return std::nullopt;
    const auto symbols = find_symbols(pid, {"jobs", "js", "dist_version"});
    if (symbols.size() != 3) return std::nullopt;
    Memory memory(pid);
    const std::string version = memory.text(memory.pointer(symbols.at("dist_version")));
    if (version != "4.4" && !version.starts_with("5.")) return std::nullopt;
    const std::uint64_t statistics = symbols.at("js");
    const std::uint64_t table = memory.pointer(symbols.at("jobs"));
    const int slots = memory.get<int>(statistics + bash::slots);
    const int count = memory.get<int>(statistics + bash::count);
    const int current = memory.get<int>(statistics + bash::current);
    const int previous = memory.get<int>(statistics + bash::previous);
    if (memory.failed() || slots < 0 || slots > most_slots || slots % 8 != 0) return std::nullopt;
    if (count < 0 || count > slots || (table == 0) != (slots == 0)) return std::nullopt;
    if (current >= slots || previous >= slots) return std::nullopt;
    std::vector<Job> jobs;
    int found = 0;
    for (int i = 0; i < slots; ++i) {
        const std::uint64_t entry = memory.pointer(table + static_cast<std::uint64_t>(i) * 8);
        if (memory.failed()) return std::nullopt;
        if (entry == 0) continue;
        ++found;
        const int state = memory.get<int>(entry + bash::state);
        const pid_t group = memory.get<int>(entry + bash::group);
        if (memory.failed()) return std::nullopt;
        if (state == bash::dead) continue;
        const bool known = state == bash::running || state == bash::stopped || state == bash::mixed;
        if (!known || !is_group_of_ours(group, pid, child_groups)) return std::nullopt;
        const bool kept = (memory.get<int>(entry + bash::flags) & bash::no_hangup) != 0;
        jobs.push_back({static_cast<unsigned>(i) + 1, group, mark_of(i, current, previous),
                        kept ? Parting::leaves_alone : Parting::hangs_up});
    }
    if (memory.failed() || found != count) return std::nullopt;
    return jobs;
}

std::optional<std::vector<Job>> read_zsh_jobs(pid_t pid, const std::set<pid_t>& child_groups) {
    if (sizeof(void*) != 8) return std::nullopt;
    const auto symbols =
        find_symbols(pid, {"jobtab", "maxjob", "curjob", "prevjob", "opts", "optiontab", "mypid"});
    if (symbols.size() != 7) return std::nullopt;
    Memory memory(pid);
    const auto integer = [&](const char* name) { return memory.get<int>(symbols.at(name)); };
    if (integer("mypid") != pid) return std::nullopt;
    const auto hangs_up = zsh_hangs_up(memory, symbols.at("optiontab"), symbols.at("opts"));
    const int last = integer("maxjob");
    if (!hangs_up || memory.failed() || last < 0 || last > most_slots) return std::nullopt;
    const std::uint64_t table = memory.pointer(symbols.at("jobtab"));
    std::vector<Job> jobs;
    for (int i = 1; i <= last; ++i) {
        const std::uint64_t entry = table + static_cast<std::uint64_t>(i) * zsh::job_size;
        const int stat = memory.get<int>(entry + zsh::stat);
        const pid_t group = memory.get<int>(entry + zsh::group);
        if (memory.failed()) return std::nullopt;
        if ((stat & zsh::used) == 0 || (stat & (zsh::done | zsh::hidden)) != 0) continue;
        if (!is_group_of_ours(group, pid, child_groups)) return std::nullopt;
        // It leaves out stopped jobs: the kernel hangs them up.
        const bool signalled = *hangs_up && (stat & zsh::locked) != 0 && (stat & zsh::stopped) == 0;
        jobs.push_back({static_cast<unsigned>(i), group,
                        mark_of(i, integer("curjob"), integer("prevjob")),
                        signalled ? Parting::hangs_up : Parting::leaves_alone});
    }
    if (memory.failed()) return std::nullopt;
    return jobs;
}

} // namespace outlast::shell
