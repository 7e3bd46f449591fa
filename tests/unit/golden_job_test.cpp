// Jobs as today's program leaves them on disk (tests/golden/job-v1): every later one can read them.
#include "golden_files.hpp"
#include "job/record.hpp"
#include "job/spec.hpp"
#include "keeper/state_file.hpp"
#include "log/log_file.hpp"
#include "log/timeline.hpp"

#include <memory>

using namespace outlast;

namespace {

constexpr Nanoseconds second_job_start = 1'795'369'650'000'000'000;

sys::UniqueFd jobs_directory() {
    auto fd = sys::open_directory(golden::path("job-v1/jobs"));
    REQUIRE(fd);
    return std::move(*fd);
}

std::string text_of(const std::string& name) {
    const auto text = sys::read_file(golden::path("job-v1/jobs/" + name));
    REQUIRE_MESSAGE(text, name);
    return *text;
}

log::Timeline timeline_of(const std::string& name) {
    const auto fd = sys::open_at(jobs_directory().get(), name, O_RDONLY);
    REQUIRE(fd);
    auto timeline = log::Timeline::read(fd->get());
    REQUIRE(timeline);
    return std::move(*timeline);
}

/// What the keeper of job 12 shared with its scribe at the end.
std::unique_ptr<twin::SharedState> state_of_first_job(const std::string& fixed) {
    auto state = std::make_unique<twin::SharedState>();
    state->number = 12;
    state->run = 1;
    state->name.set("reindex");
    state->phase.store(static_cast<std::uint32_t>(twin::Phase::ended));
    state->child_pid = 3645;
    state->child_start_ticks = 593672;
    state->keeper_pid = 3644;
    state->scribe_pid = 3646;
    state->started = 1'795'369'650'752'813'614;
    state->has_terminal = 1;
    state->keeps_log = 1;
    state->fate_kind = static_cast<std::uint32_t>(twin::FateKind::exited);
    state->fate_value = 3;
    state->ended = 1'795'369'650'780'200'508;
    state->has_usage = 1;
    state->user_us = 2820;
    state->max_resident_kb = 3048;
    state->fixed_json.set(fixed);
    return state;
}

} // namespace

TEST_CASE("a job with a terminal that failed") {
    const job::Record record = job::read_record_at(jobs_directory().get(), 12);
    CHECK(record.condition == job::Condition::failed);
    CHECK(record.number == 12);
    CHECK(record.id == "01M825XJFYNXQXXH584BG0BV0D");
    CHECK(record.name == "reindex");
    CHECK(record.run == 1);
    CHECK(record.phase == "ended");
    CHECK(record.pid == 3645);
    CHECK(record.pid_start == 593672);
    CHECK(record.keeper_pid == 3644);
    CHECK(record.scribe_pid == 3646);
    CHECK(record.created == 1'795'369'650'686'910'143);
    CHECK(record.started == 1'795'369'650'752'813'614);
    CHECK(record.terminal);
    CHECK(record.keeps_log);
    CHECK(record.directory == "/home/u/db");
    CHECK(record.tags == std::vector<std::string>{"night", "db"});
    CHECK(record.host == "db1");
    CHECK(record.boot_id == "11111111-2222-3333-4444-555555555555");
    CHECK(record.socket == "/run/user/1000/outlast/01M825XJFYNXQXXH584BG0BV0D.sock");
    CHECK(record.log_max == std::uint64_t{4} << 30);
    REQUIRE(record.fate);
    CHECK(record.fate->kind == job::Fate::Kind::exited);
    CHECK(record.fate->code == 3);
    CHECK(record.fate->ended == 1'795'369'650'780'200'508);
    REQUIRE(record.fate->usage);
    CHECK(record.fate->usage->user == 2'820'000);
    CHECK(record.fate->usage->max_resident_kb == 3048);
}

TEST_CASE("a job without a terminal that was stopped in its second run") {
    const job::Record record = job::read_record_at(jobs_directory().get(), 13);
    CHECK(record.condition == job::Condition::killed);
    CHECK(record.run == 2);
    CHECK_FALSE(record.terminal);
    REQUIRE(record.fate);
    CHECK(record.fate->kind == job::Fate::Kind::signaled);
    CHECK(record.fate->signal == 15);
    CHECK(record.fate->cause == "stopped");
    CHECK(record.fate->by == "outlast stop (uid 1000, pid 4711)");
    CHECK(job::describe_fate(*record.fate) == "stopped (TERM)");
    CHECK(job::exit_code_of(*record.fate) == 143);
}

TEST_CASE("its spec") {
    const auto spec = job::parse_spec(text_of("12/spec.json"));
    REQUIRE(spec);
    REQUIRE(spec->arguments.size() == 5);
    CHECK(spec->arguments[0] == "bash");
    CHECK(spec->arguments[4] == spec->command[0]);
    CHECK(spec->directory == "/home/u/db");
    CHECK(spec->terminal);
    CHECK(spec->keeps_log);
    CHECK_FALSE(spec->separate_stderr);
    CHECK(spec->log_max == std::uint64_t{4} << 30);
    CHECK(spec->timeout == 6 * 3600 * ns_per_second);
    CHECK(spec->stop_signal == 15);
    CHECK(spec->stop_grace == 10 * ns_per_second);
    CHECK(spec->tags == std::vector<std::string>{"night", "db"});
    CHECK(spec->key == "nightly/reindex");
    CHECK(spec->pinned_size);
    CHECK(spec->rows == 50);
    CHECK(spec->columns == 132);
    CHECK(spec->input == "terminal");
    REQUIRE(spec->environment.size() == 5);
    CHECK(spec->environment[4] == "LATIN=\xE9");
}

TEST_CASE("both specs and the state are still written so") {
    for (const std::string name : {"12/spec.json", "13/spec.json"}) {
        const std::string text = text_of(name);
        const auto spec = job::parse_spec(text);
        REQUIRE(spec);
        CHECK(job::render_spec(*spec) == text);
    }
    const std::string text = text_of("12/state.json");
    const std::size_t fixed = text.find("\"id\":");
    REQUIRE(fixed != std::string::npos);
    const auto state = state_of_first_job(text.substr(fixed, text.size() - fixed - 2));
    CHECK(keeper::render_state(*state) == text);
}

TEST_CASE("what few specs have is written only there") {
    job::Spec spec;
    spec.arguments = {"true"};
    CHECK(job::render_spec(spec).find("stable_paths") == std::string::npos);
    spec.stable_paths = {"SSH_AUTH_SOCK"};
    spec.hold_agent = true;
    const std::string text = job::render_spec(spec);
    CHECK(text.find("\"stable_paths\":[\"SSH_AUTH_SOCK\"],\"hold_agent\":true") !=
          std::string::npos);
    const auto again = job::parse_spec(text);
    REQUIRE(again);
    CHECK(again->stable_paths == spec.stable_paths);
    CHECK(again->hold_agent);
}

TEST_CASE("members that a newer program has added are passed over") {
    std::string text = text_of("12/spec.json");
    text.insert(1, "\"newer\":{\"deep\":[1,{\"a\":null}]},");
    const auto spec = job::parse_spec(text);
    REQUIRE(spec);
    CHECK(spec->key == "nightly/reindex");
}

TEST_CASE("its log, with what was dropped") {
    const auto folder = sys::open_directory(golden::path("job-v1/jobs/13"));
    REQUIRE(folder);
    const auto log = log::LogFile::open(folder->get());
    REQUIRE(log);
    CHECK(log->size() == 151);
    CHECK(log->gaps() == std::vector<log::Gap>{{34, 134}});
    const auto head = log->read(0, 1000);
    REQUIRE(head);
    CHECK(head->bytes == "epoch 1 of run 1\nepoch 1 of run 2\n");
    const auto hole = log->read(34, 1000);
    REQUIRE(hole);
    CHECK(hole->gap == log::Gap{34, 134});
    const auto tail = log->read(134, 1000);
    REQUIRE(tail);
    CHECK(tail->bytes == "epoch 3 of run 2\n");
    const auto errors = log::LogFile::open(folder->get(), "log.stderr", "live.stderr");
    REQUIRE(errors);
    CHECK(errors->read(0, 1000)->bytes == "warning: no GPU\n");
}

TEST_CASE("its timeline") {
    const log::Timeline first = timeline_of("12/timeline");
    REQUIRE(first.records().size() == 2);
    CHECK(first.records()[0].kind == log::RecordKind::run);
    CHECK(first.records()[1].kind == log::RecordKind::output);
    const log::Timeline second = timeline_of("13/timeline");
    CHECK(second.records().size() == 5);
    REQUIRE(second.run_range(1));
    CHECK(second.run_range(1)->start == 0);
    CHECK(second.run_range(1)->end == 17);
    REQUIRE(second.run_range(2));
    CHECK(second.run_range(2)->start == 17);
    CHECK_FALSE(second.run_range(2)->end);
    CHECK(second.offset_at(second_job_start + 4 * ns_per_second) == 134);
    CHECK(second.time_of(20) == second_job_start + 3 * ns_per_second);
}
