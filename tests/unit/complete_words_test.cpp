// What can come next on a command line.
#include "cli/complete_words.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace outlast;
using cli::Completion;
using cli::JobChoice;
using Kind = Completion::Kind;
using Words = std::vector<std::string>;

namespace {

Completion complete(const Words& words) {
    return cli::complete_words(words, [](JobChoice choice) {
        std::vector<cli::Candidate> jobs{{"migrate", "1, running"}, {"backup", "2, running"}};
        if (choice == JobChoice::all) jobs.push_back({"old", "3, ok"});
        return jobs;
    });
}

std::string list(const Completion& completion) {
    std::string text;
    for (const auto& candidate : completion.candidates) text += candidate.word + " ";
    return text;
}

} // namespace

TEST_CASE("commands, options, values and jobs are offered where they fit") {
    struct Case {
        Words words;
        Kind kind;
        const char* candidates; ///< all of them
    };
    const Case cases[] = {
        {{"sto"}, Kind::words, "stop "},
        {{"--json", "sto"}, Kind::words, "stop "},
        {{"--color", "never", "paus"}, Kind::words, "pause "},
        {{"stop", "m"}, Kind::words, "migrate "},
        {{"stop", ""}, Kind::words, "migrate backup "},
        {{"kill", "migrate", "b"}, Kind::words, "backup "},
        {{"rm", ""}, Kind::words, "migrate backup old "},
        {{"wait", "--any", "migrate", "o"}, Kind::words, "old "},
        {{"attach", ""}, Kind::words, "migrate backup "},
        {{"attach", "migrate", ""}, Kind::words, ""},
        {{"restart", "o"}, Kind::words, "old "},
        {{"send", "migrate", ""}, Kind::words, ""},
        {{"stop", "--gr"}, Kind::words, "--grace "},
        {{"stop", "--grace", ""}, Kind::words, ""},
        {{"stop", "-s", "US"}, Kind::words, "USR1 USR2 "},
        {{"stop", "--signal=US"}, Kind::words, "--signal=USR1 --signal=USR2 "},
        {{"stop", "--", "--gr"}, Kind::words, ""},
        {{"signal", "migrate", "TE"}, Kind::words, "TERM "},
        {{"ls", "--color", ""}, Kind::words, "auto always never "},
        {{"ls", "--color=al"}, Kind::words, "--color=always "},
        {{"run", "--env-f"}, Kind::words, "--env-file "},
        {{"run", "--env-file", ""}, Kind::files, ""},
        {{"run", "-C", "/t"}, Kind::directories, ""},
        {{"completion", "z"}, Kind::words, "zsh "},
        {{"nonsense", ""}, Kind::words, ""},
    };
    for (const Case& each : cases) {
        CAPTURE(each.words);
        const Completion completion = complete(each.words);
        CHECK(completion.kind == each.kind);
        CHECK(list(completion) == each.candidates);
    }
}

TEST_CASE("run hands the command line of its command back to the shell") {
    struct Case {
        Words words;
        std::size_t at;
    };
    const Case cases[] = {
        {{"run", ""}, 1},
        {{"run", "-d", "-n", "x", "rs"}, 4},
        {{"run", "rsync", "--arch"}, 1},
        {{"run", "-d", "--", "rsync", "-"}, 3},
        {{"--json", "run", "-d", "tar", "c"}, 3},
    };
    for (const Case& each : cases) {
        CAPTURE(each.words);
        const Completion completion = complete(each.words);
        CHECK(completion.kind == Kind::command);
        CHECK(completion.command_at == each.at);
    }
}
