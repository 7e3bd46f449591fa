// What lists show of a job: its last line, its progress, what is news.
#include "cli/news.hpp"
#include "cli/progress.hpp"
#include "job/state_text.hpp"
#include "log/last_line.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace outlast;

TEST_CASE("the last line of a log") {
    struct Case {
        const char* tail;
        const char* line;
    };
    for (const Case& each : {Case{"", ""},
                             {"one\ntwo\n", "two"},
                             {"one\ntwo", "two"},
                             {"one\r\n\r\n \n", "one"},
                             {"10%\r20%\r30%", "30%"},
                             {"\033[31mred\033[0m\n", "red"},
                             {"shell\n\033[?1049h\033[2Jvim", ""},
                             {"\033[?1049hvim\033[?1049l\nafter\n", "after"},
                             {"text\n\033[5;1Hstatus bar", ""},
                             {"bell\a and \x01 controls", "bell and  controls"}}) {
        CAPTURE(each.tail);
        CHECK(log::last_line(each.tail) == each.line);
    }
}

TEST_CASE("the line that tells the error") {
    CHECK(log::last_error_line("start\nERROR: out of memory\nbye\n") == "ERROR: out of memory");
    CHECK(log::last_error_line("sh: x: Permission denied\n") == "sh: x: Permission denied");
    CHECK(log::last_error_line("one\ntwo\n") == "two");
    CHECK(log::last_error_line("error one\nerror two\nlast") == "error two");
    CHECK(log::last_error_line("").empty());
}

TEST_CASE("a percentage in a line") {
    CHECK(cli::find_percentage("Copying 62% done") == 62.0);
    CHECK(cli::find_percentage("a 10% b 62.5 % c") == 62.5);
    CHECK(cli::find_percentage("100%") == 100.0);
    for (const char* line : {"", "%", "no", "150%", "%s", "1.2.3%", "-5%"}) {
        CAPTURE(line);
        CHECK_FALSE(cli::find_percentage(line));
    }
}

TEST_CASE("the time that is left") {
    constexpr Nanoseconds hour = 3600 * ns_per_second;
    CHECK(cli::progress_hint("25%", hour) == "~3h left");
    CHECK(cli::progress_hint("50% orders", 2 * hour) == "~2h left");
    CHECK(cli::progress_hint("0%", hour).empty());
    CHECK(cli::progress_hint("100%", hour).empty());
    // The program knows better.
    CHECK(cli::progress_hint("25% 12MB/s 0:04:11", hour).empty());
    CHECK(cli::progress_hint("25% ETA 4s", hour).empty());
}

namespace {

job::Record job_with(std::uint64_t number, job::Condition condition, Nanoseconds ended) {
    job::Record record;
    record.number = number;
    record.name = "job";
    record.name += std::to_string(number);
    record.condition = condition;
    record.terminal = true;
    if (!job::is_alive(condition) && condition != job::Condition::damaged) {
        record.fate.emplace();
        record.fate->ended = ended;
    }
    return record;
}

} // namespace

TEST_CASE("what is news") {
    using job::Condition;
    const std::vector<job::Record> jobs{
        job_with(1, Condition::ok, 10),     job_with(2, Condition::failed, 30),
        job_with(3, Condition::running, 0), job_with(4, Condition::needs_input, 0),
        job_with(5, Condition::ok, 40),     job_with(6, Condition::damaged, 0),
        job_with(7, Condition::killed, 20),
    };
    const auto all = cli::gather_news(jobs, std::nullopt, 100);
    CHECK(all.jobs.size() == 7);
    const auto news = cli::gather_news(jobs, 20, 100);
    CHECK(cli::summarize(news) == "1 done, 1 failed, 1 running, 1 needs you, 1 damaged");
    CHECK(cli::suggestions(news) ==
          std::vector<std::string>{"outlast attach job4", "outlast logs job2", "outlast status 6"});
    const auto few = cli::gather_news(jobs, std::nullopt, 6);
    CHECK(few.left_out == 1);
    CHECK(few.jobs.front().number == 2); // the oldest that ended well
    CHECK(few.done == 2);
    CHECK(cli::gather_news({jobs[0]}, 20, 100).is_empty());
}

TEST_CASE("a state with numbers nobody can mean") {
    const auto record = job::parse_state(
        1,
        R"({"name":"x","phase":"running","started_at_ns":-9223372036854775808,)"
        R"("fate":{"ended_at_ns":9223372036854775807,"usage":{"user_us":9223372036854775807}}})");
    CHECK(record.started == 0);
    REQUIRE(record.fate);
    CHECK(record.fate->ended > 0);
    CHECK(record.fate->ended - record.started > 0);
    CHECK(job::parse_state(2, "{}").condition == job::Condition::damaged);
    CHECK(job::parse_state(2, R"({"name":"x","phase":"running"} x)").condition ==
          job::Condition::damaged);
}
