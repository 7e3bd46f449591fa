// The rules by which `check` judges, on made-up processes: what the laboratory cannot bring about.
#include "check/analysis.hpp"
#include "check/program_role.hpp"
#include "check/threats.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <unistd.h>

using namespace outlast;
using check::Mark;
using check::Process;

namespace {

constexpr std::uint64_t bit(int signal) { return std::uint64_t{1} << (signal - 1); }

/// A process with its own group and session and /dev/null as its streams.
Process process(pid_t pid, pid_t parent, std::vector<std::string> arguments) {
    Process made;
    made.status.uids = {::geteuid(), ::geteuid(), ::geteuid()};
    made.stat.pid = made.stat.group = made.stat.session = pid;
    made.stat.parent = parent;
    made.stat.state = 'S';
    made.stat.foreground_group = -1;
    made.stat.name = arguments[0].substr(0, arguments[0].find(':'));
    made.arguments = std::move(arguments);
    made.files_known = true;
    for (int fd = 0; fd < 3; ++fd) made.files.push_back({fd, true, true, "/dev/null"});
    made.cgroup = "0::/\n";
    return made;
}

/// On /dev/pts/`index`, in `session`, whose foreground group is `foreground`.
Process on_terminal(Process made, int index, pid_t session, pid_t foreground) {
    made.stat.terminal = check::pts_device(index);
    made.stat.session = session;
    made.stat.foreground_group = foreground;
    for (auto& file : made.files) file.target = "/dev/pts/" + std::to_string(index);
    return made;
}

Process master_of(Process made, int index, std::uint64_t device = 0) {
    made.masters.push_back({index, device});
    return made;
}

Process hidden(Process made) {
    made.files_known = false;
    made.files.clear();
    return made;
}

/// sshd 10 holds pts/1 with bash 20 on it, which waits at its prompt.
std::vector<Process> login() {
    Process bash = on_terminal(process(20, 10, {"-bash"}), 1, 20, 20);
    bash.status.signals.caught = bit(SIGHUP);
    return {process(1, 0, {"init"}), hidden(process(10, 1, {"sshd: alice@pts/1"})), bash};
}

struct Bench {
    check::ProcessTable table;
    shell::JobTable jobs{20, shell::Kind::bash, shell::JobTable::Source::memory, {}};
    check::Survival survival{check::Outcome::survives, {}, {}};
    check::Analysis analysis;

    explicit Bench(std::vector<Process> processes, std::set<pid_t> ends = {})
        : table(std::move(processes)), analysis(table,
                                                {[this](pid_t, shell::Kind) { return jobs; },
                                                 [this](const Process&) { return survival; }},
                                                std::move(ends)) {}

    check::Verdict hangup(pid_t pid) { return judge_hangup(analysis, *table.find(pid)); }
    check::Verdict terminal(pid_t pid) { return judge_terminal(analysis, *table.find(pid)); }
    check::Verdict pipeline(pid_t pid) { return judge_pipeline(analysis, *table.find(pid)); }
    check::Verdict logout(pid_t pid) { return judge_logout(analysis, *table.find(pid)); }
};

Process job(pid_t pid, pid_t foreground = 20) {
    return on_terminal(process(pid, 20, {"work"}), 1, 20, foreground);
}

} // namespace

TEST_CASE("a login whose sshd hides what it holds") {
    auto processes = login();
    processes.push_back(job(30, 30));
    processes.push_back(job(40));
    Bench bench(processes);
    CHECK(bench.hangup(20).mark == Mark::dies);
    CHECK(bench.hangup(30).mark == Mark::dies);
    CHECK(bench.hangup(40).mark == Mark::safe); // not in the shell's table
    CHECK(bench.terminal(40).mark == Mark::at_risk);
    CHECK(bench.hangup(30).fix == "outlast adopt 30");
    CHECK(bench.hangup(20).fix.empty()); // a shell is no work
}

TEST_CASE("what the shell's job table says") {
    for (const auto& [parting, source, mark] :
         {std::tuple(shell::Parting::hangs_up, shell::JobTable::Source::memory, Mark::dies),
          std::tuple(shell::Parting::leaves_alone, shell::JobTable::Source::memory, Mark::safe),
          std::tuple(shell::Parting::unknown, shell::JobTable::Source::hook, Mark::at_risk),
          std::tuple(shell::Parting::unknown, shell::JobTable::Source::children, Mark::at_risk)}) {
        auto processes = login();
        processes.push_back(job(40));
        Bench bench(processes);
        bench.jobs.source = source;
        bench.jobs.jobs = {{1, 40, '+', parting}};
        CHECK(bench.hangup(40).mark == mark);
    }
    auto processes = login();
    processes.push_back(job(40));
    Bench bench(processes);
    bench.jobs.kind = shell::Kind::dash;
    bench.jobs.source = shell::JobTable::Source::children;
    bench.jobs.jobs = {{0, 40, ' ', shell::Parting::unknown}};
    CHECK(bench.hangup(40).mark == Mark::safe);
}

TEST_CASE("what a process does with the signal") {
    for (const auto& [ignored, caught, blocked, mark] :
         {std::tuple(bit(SIGHUP), 0UL, 0UL, Mark::safe), std::tuple(0UL, 0UL, 0UL, Mark::dies),
          std::tuple(0UL, bit(SIGHUP), 0UL, Mark::unknown),
          std::tuple(0UL, 0UL, bit(SIGHUP), Mark::unknown),
          std::tuple(bit(SIGTERM), bit(SIGINT), bit(SIGTERM), Mark::dies)}) {
        auto processes = login();
        Process work = job(30, 30);
        work.status.signals = {ignored, caught, blocked};
        work.blocked = blocked;
        processes.push_back(work);
        CHECK(Bench(processes).hangup(30).mark == mark);
    }
}

TEST_CASE("stopped jobs") {
    auto processes = login();
    Process work = job(30);
    work.stat.state = 'T';
    processes.push_back(work);
    CHECK(Bench(processes).hangup(30).mark == Mark::dies); // the kernel, disowned or not

    // Under nohup only the shell's SIGTERM ends it.
    processes.back().status.signals.ignored = bit(SIGHUP);
    CHECK(Bench(processes).hangup(30).mark == Mark::safe);
    Bench listed(processes);
    listed.jobs.jobs = {{1, 30, '+', shell::Parting::hangs_up}};
    CHECK(listed.hangup(30).mark == Mark::dies);

    // Orphaned already: nobody sends anything.
    processes.back().status.signals.ignored = 0;
    processes.back().stat.parent = 1;
    CHECK(Bench(processes).hangup(30).mark == Mark::safe);
}

TEST_CASE("who holds the terminal") {
    const auto leader = on_terminal(process(20, 10, {"work"}), 5, 20, 20);
    const auto mark = [&](std::vector<Process> others, std::set<pid_t> ends = {}) {
        others.push_back(leader);
        return Bench(std::move(others), std::move(ends)).hangup(20).mark;
    };
    const Process server = master_of(process(10, 1, {"tmux: server"}), 5);
    CHECK(mark({server}) == Mark::safe);
    CHECK(mark({server}, {10}) == Mark::dies);
    CHECK(mark({master_of(process(10, 1, {"xterm"}), 5)}) == Mark::dies);
    CHECK(mark({process(10, 1, {"relay"})}) == Mark::unknown); // its descriptors show none
    CHECK(mark({}) == Mark::unknown);                          // docker exec
    // One holder that stays is enough.
    const Process sshd = hidden(process(10, 1, {"sshd: alice@pts/5"}));
    CHECK(mark({sshd}) == Mark::dies);
    CHECK(mark({sshd, master_of(process(11, 1, {"keep"}), 5)}) == Mark::safe);
    // Root's holder of sessions hides what it holds from the user whose session it is.
    Process holder = hidden(process(12, 1, {"outlast: holder of pts/5"}));
    holder.stat.name = "outlast-holder";
    CHECK(mark({sshd, holder}) == Mark::safe);
    holder.arguments = {"outlast: holder of pts/6"};
    CHECK(mark({sshd, holder}) == Mark::dies);
    holder.arguments = {"outlast", "adopt", "--every-session"};
    CHECK(mark({sshd, holder}) == Mark::unknown);
    holder.status.uids = {1000, 1000, 1000}; // anybody's
    CHECK(mark({sshd, holder}) == Mark::dies);
    // The same number in another container's devpts is another terminal.
    auto here = leader;
    here.devpts = 7;
    CHECK(Bench({master_of(process(11, 1, {"keep"}), 5, 8), here}).hangup(20).mark ==
          Mark::unknown);
    CHECK(Bench({master_of(process(11, 1, {"keep"}), 5, 7), here}).hangup(20).mark == Mark::safe);
}

TEST_CASE("holders that are on a terminal themselves") {
    // expect(1) in the foreground of a login holds pts/2 with `inner` on it.
    auto processes = login();
    processes.push_back(master_of(job(30, 30), 2));
    processes.push_back(on_terminal(process(40, 30, {"inner"}), 2, 40, 40));
    CHECK(Bench(processes).hangup(40).mark == Mark::dies);
    processes[3].status.signals.ignored = bit(SIGHUP);
    CHECK(Bench(processes).hangup(40).mark == Mark::safe);
    // Two that hold each other's terminals stay, whatever is asked first.
    const std::vector<Process> pair{on_terminal(master_of(process(50, 1, {"one"}), 4), 3, 50, 50),
                                    on_terminal(master_of(process(60, 1, {"two"}), 3), 4, 60, 60),
                                    on_terminal(master_of(process(70, 1, {"own"}), 6), 6, 70, 70)};
    Bench bench(pair);
    for (const pid_t pid : {60, 50, 70}) CHECK(bench.hangup(pid).mark == Mark::safe);
}

TEST_CASE("pipes") {
    const auto with = [](Process made, int fd, const char* target) {
        made.files[static_cast<std::size_t>(fd)] = {fd, fd == 0, fd != 0, target};
        return made;
    };
    auto processes = login();
    processes.push_back(with(process(30, 1, {"producer"}), 1, "pipe:[1]"));
    processes.push_back(with(job(40, 40), 0, "pipe:[1]"));
    processes.push_back(with(process(50, 1, {"stays"}), 1, "pipe:[2]"));
    processes.push_back(with(process(60, 1, {"reader"}), 0, "pipe:[2]"));
    processes.push_back(with(process(70, 10, {"remote"}), 1, "pipe:[3]"));
    processes.push_back(with(with(process(80, 1, {"both"}), 1, "pipe:[4]"), 0, "pipe:[4]"));
    // A chain: the head feels the end of the tail.
    processes.push_back(with(process(90, 1, {"head"}), 1, "pipe:[5]"));
    processes.push_back(with(with(process(91, 1, {"middle"}), 0, "pipe:[5]"), 1, "pipe:[1]"));
    // A socket that the server has given its child, and one between two programs of the session.
    processes.push_back(with(process(100, 10, {"remote"}), 0, "socket:[6]"));
    processes.push_back(with(process(101, 100, {"part"}), 0, "socket:[6]"));
    processes.push_back(with(job(102, 102), 0, "socket:[7]"));
    Bench bench(processes);
    for (const pid_t pid : {100, 101}) {
        CHECK(bench.pipeline(pid).mark == Mark::at_risk);
        CHECK(bench.pipeline(pid).reason.find("sshd") != std::string::npos);
    }
    CHECK(bench.pipeline(102).mark == Mark::unknown);
    CHECK(bench.pipeline(102).reason.find("sshd") == std::string::npos);
    CHECK(bench.pipeline(30).mark == Mark::at_risk);
    CHECK(bench.pipeline(50).mark == Mark::safe);
    CHECK(bench.pipeline(60).mark == Mark::safe);
    CHECK(bench.pipeline(70).mark == Mark::at_risk);
    CHECK(bench.pipeline(70).reason.find("SIGPIPE") != std::string::npos);
    CHECK(bench.pipeline(80).mark == Mark::safe);
    CHECK(bench.pipeline(90).mark == Mark::at_risk);
    CHECK(bench.pipeline(20).mark == Mark::safe);
}

TEST_CASE("logout") {
    Process service = process(30, 1, {"service"});
    service.cgroup = "0::/user.slice/user-54321.slice/user@54321.service/app.slice/a.service\n";
    service.status.uids = {54321, 54321, 54321};
    Bench bench({service});
    CHECK(bench.logout(30).mark == Mark::safe);
    service.directory = "/run/user/54321/work";
    CHECK(Bench({service}).logout(30).mark == Mark::at_risk);
    service.directory = "/run/user/543210";
    CHECK(Bench({service}).logout(30).mark == Mark::safe);
    Bench ending({service});
    ending.survival = {check::Outcome::ends, "so it is", "a command"};
    CHECK(ending.logout(30).mark == Mark::dies);
    CHECK(ending.logout(30).fix == "a command");
    // What holds a terminal and ends at logout takes those on it along.
    Bench tmux({master_of(process(10, 1, {"tmux: server"}), 5),
                on_terminal(process(20, 10, {"work"}), 5, 20, 20)});
    tmux.survival = {check::Outcome::ends, "so it is", {}};
    CHECK(tmux.hangup(20).mark == Mark::dies);
}

TEST_CASE("what processes are") {
    using check::Role;
    const auto role = [](std::vector<std::string> arguments, const char* name) {
        Process made = process(5, 4, std::move(arguments));
        made.stat.name = name;
        return check::role_of(made);
    };
    CHECK(role({"sshd: alice@pts/1"}, "sshd") == Role::connection);
    CHECK(role({"sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"}, "sshd") == Role::work);
    CHECK(role({"sshd-session: alice"}, "sshd-session") == Role::connection);
    CHECK(role({"tmux"}, "tmux: client") == Role::view);
    CHECK(role({"tmux"}, "tmux: server") == Role::work);
    CHECK(role({"SCREEN", "-dmS", "x"}, "screen") == Role::work);
    CHECK(role({"screen", "-r"}, "screen") == Role::view);
    CHECK(role({"outlast-keeper"}, "outlast-keeper") == Role::resident);
    CHECK(check::role_of(job(20)) == Role::work);
    CHECK(check::role_of(login()[2]) == Role::shell);
}

TEST_CASE("numbers of terminals") {
    for (const int index : {0, 1, 255, 256, 4096})
        CHECK(check::pts_index(check::pts_device(index)) == index);
    CHECK_FALSE(check::pts_index(0));
    CHECK_FALSE(check::pts_index(0x0401)); // tty1
    CHECK(check::terminal_name(0x0401) == "tty1");
    CHECK(check::terminal_name(check::pts_device(300)) == "pts/300");
}
