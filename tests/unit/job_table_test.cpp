// What shells tell of their jobs.
#include "shell/interactive_shell.hpp"
#include "shell/job_table.hpp"

#include <doctest/doctest.h>

using namespace outlast;
using shell::Kind;
using shell::Parting;

TEST_CASE("the jobs that a shell's hook tells") {
    const auto bash = shell::parse_hook("bash 100\n"
                                        "[1]  13969 Running                 sleep 100 &\n"
                                        "[2]- 13970 Running                 sleep 200\n"
                                        "     13971                       | cat &\n"
                                        "[3]+ 13972 Stopped                 vi [4] x\n");
    REQUIRE(bash);
    CHECK(bash->shell == 100);
    CHECK(bash->kind == Kind::bash);
    CHECK(bash->is_complete());
    REQUIRE(bash->jobs.size() == 3);
    CHECK(bash->jobs[1].number == 2);
    CHECK(bash->jobs[1].group == 13970);
    CHECK(bash->jobs[1].mark == '-');
    CHECK(bash->jobs[1].parting == Parting::unknown); // disown -h is not told
    CHECK(bash->of_group(13972)->mark == '+');
    CHECK(bash->of_group(13971) == nullptr);

    const auto zsh = shell::parse_hook("zsh 7 hup\n2 running:-:50=running:51=running\n"
                                       "1 suspended:+:40=suspended (tty output)\n");
    REQUIRE(zsh);
    REQUIRE(zsh->jobs.size() == 2);
    CHECK(zsh->jobs[0].group == 40);
    CHECK(zsh->jobs[0].parting == Parting::leaves_alone); // stopped: the kernel's affair
    CHECK(zsh->jobs[1].group == 50);
    CHECK(zsh->jobs[1].parting == Parting::hangs_up);
    CHECK(shell::parse_hook("zsh 7 nohup\n2 running:-:50=running")->jobs[0].parting ==
          Parting::leaves_alone);

    const auto fish = shell::parse_hook("fish 9\n2\t14062\t0%\trunning\tsleep 200 | cat &\n"
                                        "1\t14053\t0%\tstopped\tsleep 100 &\n");
    REQUIRE(fish);
    REQUIRE(fish->jobs.size() == 2);
    CHECK(fish->jobs[0].number == 1);
    CHECK(fish->jobs[1].mark == '+');
}

TEST_CASE("what is no hook's answer") {
    for (const char* text : {"", "bash", "bash x", "bash 0", "tmux 5", "bash -1", "\n\n"}) {
        CAPTURE(text);
        const auto table = shell::parse_hook(text);
        CHECK((!table || table->jobs.empty()));
    }
    const auto odd = shell::parse_hook("bash 5\n[\n[1\n[1]\n[1]+\n[x] 5 a\n[1] x a\n[0] 4 a\n"
                                       "[1] 99999999999 a\n[9999999] 1 a\nDone\n");
    REQUIRE(odd);
    CHECK(odd->jobs.empty());
}

TEST_CASE("which job a selector means") {
    const auto table = *shell::parse_hook("bash 5\n[1] 40 Running a\n[2]- 50 Running b\n"
                                          "[4]+ 60 Stopped c\n");
    CHECK(shell::find_job(table, "%1")->group == 40);
    for (const char* word : {"%", "%%", "%+", "%4"})
        CHECK(shell::find_job(table, word)->group == 60);
    CHECK(shell::find_job(table, "%-")->group == 50);
    CHECK(shell::find_job(table, "%3").error().is(Errc::no_such_job));
    CHECK(shell::find_job(table, "%3").error().fix == "its jobs: %1, %2, %4");
    for (const char* word : {"", "1", "%x", "%1x", "%-1"})
        CHECK(shell::find_job(table, word).error().is(Errc::usage));

    shell::JobTable guess{5, Kind::fish, shell::JobTable::Source::children, {{0, 40, ' ', {}}}};
    CHECK(shell::find_job(guess, "%3")->group == 40); // the only one there is
    guess.jobs.push_back({0, 50, ' ', {}});
    CHECK(shell::find_job(guess, "%1").error().is(Errc::usage));
    guess.jobs.clear();
    CHECK(shell::find_job(guess, "%1").error().is(Errc::no_such_job));
}

TEST_CASE("which process is an interactive shell") {
    struct Case {
        const char* program;
        std::vector<std::string> arguments;
        bool terminal;
        Kind kind;
    };
    for (const Case& each : {
             Case{"/usr/bin/bash", {"-bash"}, true, Kind::bash},
             {"/usr/bin/bash", {"bash"}, false, Kind::none},
             {"/usr/bin/bash", {"bash", "-c", "sleep 5"}, true, Kind::none},
             {"/usr/bin/bash", {"bash", "-lic", "sleep 5"}, true, Kind::none},
             {"/usr/bin/bash", {"bash", "job.sh"}, true, Kind::none},
             {"/usr/bin/bash", {"bash", "-x", "job.sh"}, true, Kind::none},
             {"/usr/bin/bash", {"bash", "--rcfile", "x", "-i"}, true, Kind::bash},
             {"/usr/bin/bash", {"bash", "-o", "vi", "+O", "sourcepath"}, true, Kind::bash},
             {"/usr/bin/bash", {"bash", "-s", "a", "b"}, true, Kind::bash},
             {"/usr/bin/bash", {"sh"}, true, Kind::bash}, // where /bin/sh is bash
             {"/usr/bin/zsh", {"-zsh", "-f"}, true, Kind::zsh},
             {"/usr/bin/fish", {"fish", "-C", "echo", "--no-config"}, true, Kind::fish},
             {"/usr/bin/dash", {"sh"}, true, Kind::dash},
             {"/usr/bin/busybox", {"ash"}, true, Kind::dash},
             {"nu", {"nu"}, true, Kind::other},
             {"/usr/bin/vim", {"vim"}, true, Kind::none},
             {"/usr/bin/bash", {}, true, Kind::none},
         }) {
        CAPTURE(each.program);
        CHECK(shell::interactive_kind(each.program, each.arguments, each.terminal) == each.kind);
    }
}
