// Adopts a process that moves to its new terminal by itself: the pieces below `outlast adopt`,
// without anything that needs ptrace(2).
//
//   outlast_adopt_probe PID plain|terminal EXIT [PID…]
//
// EXIT is kernel, tracer or unknown. The PIDs that follow are members; "G:N" is a process group,
// "PID@TICKS" a member with that start. Prints a line "NUMBER KEEPER TERMINAL" when all is made,
// waits for a line, and on "commit" commits ("committed", or "error: …"); else it leaves.
int outlast_main(int argc, char** argv);
#define main outlast_main
#include "../../src/main.cpp"
#undef main
/// The rename has met the command line's entry too; nobody comes here.
int outlast::cli::outlast_main(int, char**) { return 2; }

#include "job/adoption.hpp"
#include "job/process_spec.hpp"
#include "sys/process_info.hpp"
#include "sys/pty.hpp"

#include <cstdio>
#include <string>

namespace {

using namespace outlast;

twin::ExitKnowledge knowledge(std::string_view word) {
    if (word == "kernel") return twin::ExitKnowledge::kernel;
    return word == "tracer" ? twin::ExitKnowledge::tracer : twin::ExitKnowledge::unknown;
}

void add(job::AdoptedProcesses& processes, std::string_view word) {
    if (word.starts_with("G:")) {
        processes.groups.push_back(number(word.substr(2)));
        return;
    }
    const std::size_t at = word.find('@');
    const pid_t pid = number(word.substr(0, at));
    const auto stat = sys::read_process_stat(pid);
    std::uint64_t start = stat ? stat->start_ticks : 0;
    if (at != std::string_view::npos) start = parse_u64(word.substr(at + 1)).value_or(0);
    processes.members.push_back({pid, start});
}

int fail_with(const Error& error) {
    std::printf("error: %s\n", error.message().c_str());
    return 1;
}

int probe(int argc, char** argv) {
    if (argc < 4) return 2;
    job::AdoptionRequest request;
    request.main = number(argv[1]);
    const auto stat = sys::read_process_stat(request.main);
    auto spec = job::spec_of_process(request.main);
    if (!spec || !stat) return fail_with(spec.error());
    request.spec = std::move(*spec);
    request.spec.terminal = std::string_view(argv[2]) == "terminal";
    request.start_ticks = stat->start_ticks;
    request.attributes = sys::default_terminal_attributes();
    request.size = {30, 100, 0, 0};
    auto registry = job::Registry::open(job::Registry::Missing::create);
    if (!registry) return fail_with(registry.error());
    auto adoption = job::begin_adoption(*registry, request);
    if (!adoption) return fail_with(adoption.error());
    std::printf("%llu %d %s\n", static_cast<unsigned long long>(adoption->number()),
                adoption->keeper(), adoption->terminal_path().c_str());
    std::fflush(stdout);
    std::array<char, 64> line{};
    if (std::fgets(line.data(), line.size(), stdin) == nullptr) return 0;
    if (std::string_view(line.data()) != "commit\n") return 0;
    job::AdoptedProcesses processes;
    processes.exit = knowledge(argv[3]);
    for (int i = 4; i < argc; ++i) add(processes, argv[i]);
    const auto done = adoption->commit(processes);
    if (!done) return fail_with(done.error());
    std::printf("committed\n");
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    if (const char* how = std::getenv(twin::resident_variable)) return resident_main(how);
    sys::remember_title_area(argv);
    job::set_keeper_main(forked_keeper_main);
    return probe(argc, argv);
}
