// Lines of a log: cutting, patterns, times, ranges, and the page for programs.
#include "attach/line_cutter.hpp"
#include "attach/line_pattern.hpp"
#include "attach/log_range.hpp"
#include "base/text.hpp"
#include "cli/fate_line.hpp"
#include "cli/log_page.hpp"
#include "log/timeline_cursor.hpp"
#include "sys/file.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <sys/mman.h>
#include <vector>

using namespace outlast;
using attach::LineCutter;
using attach::LinePattern;
using attach::LinePiece;

namespace {

struct Kept {
    std::string text;
    std::uint64_t offset;
    bool begins;
    LinePiece::End end;
    bool operator==(const Kept&) const = default;
};

std::vector<Kept> cut(const std::string& bytes, std::size_t step) {
    std::vector<Kept> kept;
    LineCutter cutter;
    const auto take = [&](const LinePiece& piece) {
        kept.push_back({std::string(piece.text), piece.offset, piece.begins, piece.end});
    };
    for (std::size_t at = 0; at < bytes.size(); at += step)
        cutter.feed(100 + at, std::string_view(bytes).substr(at, step), take);
    cutter.flush(take);
    return kept;
}

sys::UniqueFd file_with(std::string_view bytes) {
    sys::UniqueFd fd(::memfd_create("test", MFD_CLOEXEC));
    REQUIRE(sys::write_all(fd.get(), bytes));
    return fd;
}

/// A job's folder with a log and a timeline, gone at the end.
struct Folder {
    Folder(std::string_view log, const std::vector<log::TimelineRecord>& records) {
        path = "/tmp/outlast-unit-XXXXXX";
        REQUIRE(::mkdtemp(path.data()) != nullptr);
        folder.path = path;
        folder.fd = std::move(*sys::open_directory(path));
        put("log", log);
        put("timeline", {reinterpret_cast<const char*>(records.data()),
                         records.size() * sizeof(log::TimelineRecord)});
    }
    ~Folder() { (void)sys::remove_tree_at(AT_FDCWD, path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    void put(const char* name, std::string_view bytes) const {
        const auto fd = sys::open_at(folder.fd.get(), name, O_WRONLY | O_CREAT);
        REQUIRE(fd);
        REQUIRE(sys::write_all(fd->get(), bytes));
    }
    std::string shown(const attach::RangeRequest& request, const char* pattern = nullptr) const {
        auto compiled = LinePattern::compile(pattern != nullptr ? pattern : "");
        const auto file = log::LogFile::open(folder.fd.get());
        const auto range =
            attach::find_range(folder, *file, request, pattern != nullptr ? &*compiled : nullptr);
        if (!range) return "error: " + range.error().message();
        return file->read(range->begin, range->end - range->begin)->bytes;
    }

    std::string path;
    job::JobFolder folder;
};

using End = LinePiece::End;
using log::RecordKind;

} // namespace

TEST_CASE("lines come out the same however the bytes arrive") {
    const std::string bytes = "one\n\ntwo\r\nthree";
    const std::vector<Kept> wanted{{"one", 100, true, End::line_feed},
                                   {"", 104, true, End::line_feed},
                                   {"two\r", 105, true, End::line_feed},
                                   {"three", 110, true, End::open}};
    for (std::size_t step = 1; step <= bytes.size(); ++step) CHECK(cut(bytes, step) == wanted);
    CHECK(cut("", 1).empty());
}

TEST_CASE("a line that is too long comes in pieces, without a byte lost") {
    std::string bytes;
    for (int i = 0; i < 30000; ++i) bytes += std::to_string(i) + " ";
    bytes += "\nnext\n";
    for (const std::size_t step : {std::size_t{999}, LineCutter::longest, bytes.size()}) {
        const auto pieces = cut(bytes, step);
        std::string joined;
        for (const Kept& piece : pieces) {
            CHECK(piece.text.size() <= LineCutter::longest);
            CHECK(piece.offset == 100 + joined.size());
            CHECK(piece.begins == (joined.empty() || joined.back() == '\n'));
            joined += piece.text;
            if (piece.end == End::line_feed) joined += '\n';
        }
        CHECK(joined == bytes);
    }
}

TEST_CASE("a carriage return overwrites the tabs before it too") {
    CHECK(printable_text("a\tb\rx\ty\n") == "x\ty\n");
    CHECK(printable_text("\033[1ma\033[0m\tb") == "a\tb");
}

TEST_CASE("patterns") {
    const struct {
        const char* pattern;
        std::string line;
        bool matches;
    } cases[]{{"error", "an ERROR here", true},
              {"Error", "an ERROR here", false},
              {"^x+$", "xxx", true},
              {"^x+$", "xxx\r", true},
              {"^x+$", "yxx", false},
              {"loss|gain", "gain 3", true},
              {"\\Wok", "not OK", true}, // the W of an operator is no capital
              {"ERROR: disk", "\033[31mERROR\033[0m: disk", true},
              {"100%", "\r 50%\r100%", true},
              {"50%", "\r 50%\r100%", false},
              {"", "", true},
              {"b", std::string("a\0b", 3), true}};
    for (const auto& each : cases) {
        CAPTURE(each.pattern);
        CAPTURE(each.line);
        const auto pattern = LinePattern::compile(each.pattern);
        REQUIRE(pattern);
        CHECK(pattern->matches(each.line) == each.matches);
    }
    CHECK(LinePattern::compile("(").error().is(Errc::usage));
}

TEST_CASE("times of ascending offsets, while the timeline grows") {
    std::vector<log::TimelineRecord> records{{1000, 0, RecordKind::run, 1}};
    for (std::uint64_t i = 1; i < 2000; ++i) {
        const auto time = static_cast<Nanoseconds>(1000 + i);
        records.push_back({time, i * 10, RecordKind::output, 0});
        if (i % 7 == 0) records.push_back({9, i * 10, RecordKind::resize, 0});
    }
    const auto bytes_of = [](const std::vector<log::TimelineRecord>& list) {
        return std::string(reinterpret_cast<const char*>(list.data()),
                           list.size() * sizeof(log::TimelineRecord));
    };
    for (const std::uint64_t first : {0U, 1U, 75U, 9999U, 19999U, 50000U}) {
        const sys::UniqueFd fd = file_with(bytes_of(records));
        log::TimelineCursor cursor(sys::UniqueFd(::dup(fd.get())));
        for (std::uint64_t offset = first; offset < first + 30; ++offset) {
            const std::uint64_t point = std::min<std::uint64_t>(offset / 10, 1999);
            CHECK(cursor.time_of(offset) == static_cast<Nanoseconds>(1000 + point));
        }
        REQUIRE(sys::write_all(fd.get(), bytes_of({{5, 60000, RecordKind::output, 0}})));
        cursor.refresh();
        CHECK(cursor.time_of(60000) == 5);
    }
    log::TimelineCursor none{sys::UniqueFd()};
    CHECK(none.time_of(3) == std::nullopt);
}

TEST_CASE("ranges of a log") {
    // run 1: a b c (times 10 20 30), run 2: d e (times 40 50)
    const Folder job("a1\nb2\nc3\nd4\ne5", {{10, 0, RecordKind::run, 1},
                                            {10, 0, RecordKind::output, 0},
                                            {20, 3, RecordKind::output, 0},
                                            {30, 6, RecordKind::output, 0},
                                            {40, 9, RecordKind::run, 2},
                                            {40, 9, RecordKind::output, 0},
                                            {50, 12, RecordKind::output, 0}});
    using Request = attach::RangeRequest;
    const auto with = [](auto change) {
        Request request;
        change(request);
        return request;
    };
    CHECK(job.shown({}) == "a1\nb2\nc3\nd4\ne5");
    CHECK(job.shown(with([](Request& r) { r.last_lines = 2; })) == "d4\ne5");
    CHECK(job.shown(with([](Request& r) { r.last_lines = 0; })).empty());
    CHECK(job.shown(with([](Request& r) { r.last_lines = 99; })) == "a1\nb2\nc3\nd4\ne5");
    CHECK(job.shown(with([](Request& r) { r.since = 25; })) == "c3\nd4\ne5");
    CHECK(job.shown(with([](Request& r) { r.until = 25; })) == "a1\nb2\n");
    CHECK(job.shown(with([](Request& r) { r.since = 60; })).empty());
    CHECK(job.shown(with([](Request& r) { r.run = 1; })) == "a1\nb2\nc3\n");
    CHECK(job.shown(with([](Request& r) { r.run = 2; })) == "d4\ne5");
    CHECK(job.shown(with([](Request& r) { r.run = 3; })).starts_with("error: "));
    CHECK(job.shown(with([](Request& r) { r.from = 4, r.max_bytes = 3; })) == "2\nc");
    CHECK(job.shown(with([](Request& r) { r.from = 4, r.max_bytes = UINT64_MAX; })) ==
          "2\nc3\nd4\ne5");
    CHECK(job.shown(with([](Request& r) { r.from = 99; })).empty());
    CHECK(job.shown(with([](Request& r) { r.last_lines = 1, r.run = 1; })) == "c3\n");
    CHECK(job.shown(with([](Request& r) { r.last_lines = 1; }), "[bc]") == "c3\nd4\ne5");
    CHECK(job.shown(with([](Request& r) { r.last_lines = 2; }), "[bc]") == "b2\nc3\nd4\ne5");
    CHECK(job.shown(with([](Request& r) { r.last_lines = 2; }), "zzz").empty());
}

// CLOCK_REALTIME has no namespaces, so a real run cannot be given a clock of its own that is set:
// here is the timeline that it leaves (see also log_parts_test.cpp).
TEST_CASE("a clock that was set back in the middle of a run") {
    const std::vector<log::TimelineRecord> records{
        {10, 0, RecordKind::run, 1},     {10, 0, RecordKind::output, 0},
        {20, 3, RecordKind::output, 0},  {30, 6, RecordKind::output, 0},
        {15, 9, RecordKind::output, 0}, // set back by 20
        {25, 12, RecordKind::output, 0}, {35, 15, RecordKind::output, 0}};
    const Folder job("a1\nb2\nc3\nd4\ne5\nf6\n", records);
    // Each line has the time that the clock said, in the order of the output.
    log::TimelineCursor cursor(std::move(*sys::open_at(job.folder.fd.get(), "timeline", O_RDONLY)));
    const Nanoseconds said[]{10, 20, 30, 15, 25, 35};
    for (std::uint64_t line = 0; line < 6; ++line) CHECK(cursor.time_of(line * 3) == said[line]);
    // A time that comes twice means its first part, and nothing between is left out.
    attach::RangeRequest since;
    since.since = 25;
    CHECK(job.shown(since) == "c3\nd4\ne5\nf6\n");
    attach::RangeRequest until;
    until.until = 25;
    CHECK(job.shown(until) == "a1\nb2\n");
    attach::RangeRequest both;
    both.since = 15;
    both.until = 35;
    CHECK(job.shown(both) == "b2\nc3\nd4\ne5\n");
}

TEST_CASE("the last matches are found behind a long tail without any") {
    std::string bytes = "needle 1\nneedle 2\n";
    while (bytes.size() < 3'000'000) bytes += "some hay of the usual length\n";
    const Folder job(bytes, {});
    attach::RangeRequest request;
    request.last_lines = 1;
    CHECK(job.shown(request, "needle").starts_with("needle 2\n"));
}

TEST_CASE("a page never ends inside a sign") {
    CHECK(cli::incomplete_tail("abc") == 0);
    CHECK(cli::incomplete_tail("ab\xC3") == 1);
    CHECK(cli::incomplete_tail("ab\xC3\xA4") == 0);
    CHECK(cli::incomplete_tail("\xE2\x82") == 2);
    CHECK(cli::incomplete_tail("\xF0\x9F\x98") == 3);
    CHECK(cli::incomplete_tail("\xF0\x9F\x98\x80") == 0);
    CHECK(cli::incomplete_tail("\x80\x80\x80\x80") == 0);
    CHECK(cli::incomplete_tail("") == 0);
}

TEST_CASE("the fate line") {
    job::Record record;
    record.name = "reindex";
    CHECK(cli::fate_line(record, 0, true).empty());
    record.started = 10 * ns_per_second;
    record.fate = job::Fate{};
    record.fate->kind = job::Fate::Kind::exited;
    record.fate->code = 3;
    CHECK(cli::fate_line(record, 0, true) == "— failed (3) · again: outlast restart reindex");
    record.fate->ended = record.started + 251 * ns_per_second;
    const std::string line = cli::fate_line(record, record.fate->ended, false);
    CHECK(line.starts_with("-- failed (3) after 4m 11s, "));
    CHECK(line.ends_with(" | again: outlast restart reindex"));
    // The clock was set back while it ran.
    record.fate->ended = record.started - 3 * ns_per_second;
    CHECK(cli::fate_line(record, record.started, false).starts_with("-- failed (3), "));
}
