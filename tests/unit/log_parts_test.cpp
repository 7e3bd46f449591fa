// The parts of a log on disk: gaps, the bound, the timeline.
#include "log/live_block.hpp"
#include "log/log_bound.hpp"
#include "log/timeline.hpp"
#include "sys/file.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <sys/mman.h>
#include <sys/stat.h>

using namespace outlast;
using log::Gap;
using log::LiveMap;
using log::RecordKind;
using log::Timeline;
using log::TimelineRecord;
using log::TimelineWriter;

namespace {

sys::UniqueFd memory_file() {
    sys::UniqueFd fd(::memfd_create("test", MFD_CLOEXEC));
    REQUIRE(fd);
    return fd;
}

LiveMap new_live(int fd) {
    auto map = LiveMap::map(fd, LiveMap::Access::write);
    REQUIRE(map);
    return std::move(*map);
}

std::uint64_t allocated(int fd) {
    struct stat info {};
    REQUIRE(::fstat(fd, &info) == 0);
    return static_cast<std::uint64_t>(info.st_blocks) * 512;
}

off_t size_of(int fd) {
    struct stat info {};
    REQUIRE(::fstat(fd, &info) == 0);
    return info.st_size;
}

constexpr std::uint64_t kb = 1024;

} // namespace

TEST_CASE("a live file has blocks of its own from the start") {
    const auto fd = memory_file();
    const LiveMap live = new_live(fd.get());
    CHECK(allocated(fd.get()) == log::live_file_size);
    live.block().log_end.store(77);
    const auto again = LiveMap::map(fd.get(), LiveMap::Access::read);
    REQUIRE(again);
    CHECK(again->block().log_end.load() == 77);
    CHECK(again->block().version == 1);
}

TEST_CASE("what is no live file is damage, not a crash") {
    const auto fd = memory_file();
    REQUIRE(sys::write_all(fd.get(), "short"));
    CHECK(LiveMap::map(fd.get(), LiveMap::Access::read).error().is(Errc::damaged));
    REQUIRE(sys::write_all(fd.get(), std::string(8000, 'x')));
    CHECK(LiveMap::map(fd.get(), LiveMap::Access::read).error().is(Errc::damaged));
    CHECK(LiveMap::map(fd.get(), LiveMap::Access::write).error().is(Errc::damaged));
}

TEST_CASE("gaps are kept in order and melt where they touch") {
    const struct {
        std::vector<Gap> added;
        std::vector<Gap> kept;
    } cases[]{{{}, {}},
              {{{5, 5}, {9, 3}}, {}},
              {{{10, 20}}, {{10, 20}}},
              {{{30, 40}, {10, 20}}, {{10, 20}, {30, 40}}},
              {{{10, 20}, {20, 30}}, {{10, 30}}},
              {{{10, 20}, {30, 40}, {15, 35}}, {{10, 40}}},
              {{{10, 40}, {20, 30}}, {{10, 40}}}};
    for (const auto& each : cases) {
        const auto fd = memory_file();
        const LiveMap live = new_live(fd.get());
        for (const Gap& gap : each.added) log::add_gap(live.block(), gap);
        CHECK(log::read_gaps(live.block()) == each.kept);
    }
}

TEST_CASE("more gaps than there is room for: more is called missing, never less") {
    const auto fd = memory_file();
    const LiveMap live = new_live(fd.get());
    constexpr std::uint64_t count = 500;
    for (std::uint64_t i = 0; i < count; ++i) log::add_gap(live.block(), {i * 100, i * 100 + 10});
    const auto gaps = log::read_gaps(live.block());
    CHECK(gaps.size() == log::LiveBlock::max_gaps);
    for (std::uint64_t i = 0; i < count; ++i) {
        CHECK(log::gap_at(gaps, i * 100));
        CHECK(log::gap_at(gaps, i * 100 + 9));
    }
    CHECK_FALSE(log::gap_at(gaps, count * 100));
}

TEST_CASE("gaps that a killed writer left half-changed") {
    const auto fd = memory_file();
    const LiveMap live = new_live(fd.get());
    log::add_gap(live.block(), {10, 20});
    log::add_gap(live.block(), {50, 60});
    live.block().gap_generation.fetch_add(1); // odd for ever
    live.block().gaps[0].to.store(5);
    CHECK(log::read_gaps(live.block()) == std::vector<Gap>{{50, 60}});
    log::add_gap(live.block(), {70, 80});
    CHECK(live.block().gap_generation.load() % 2 == 0);
    CHECK(log::read_gaps(live.block()) == std::vector<Gap>{{50, 60}, {70, 80}});
}

TEST_CASE("a bounded log keeps its head and its tail") {
    for (const std::uint64_t limit : {64 * kb, 256 * kb, 1024 * kb, 8192 * kb}) {
        CAPTURE(limit);
        const auto fd = memory_file();
        const auto live_fd = memory_file();
        const LiveMap live = new_live(live_fd.get());
        log::LogBound bound(fd.get(), live.block(), limit);
        CHECK(bound.can_punch());
        std::uint64_t end = 0;
        const std::string piece(16 * kb, 'x');
        while (end < 4 * limit) {
            REQUIRE(sys::write_all(fd.get(), piece));
            end += piece.size();
            if (end >= bound.next_check()) bound.enforce(end);
            CHECK(allocated(fd.get()) <= limit + limit / 8 + 64 * kb);
        }
        CHECK(size_of(fd.get()) == static_cast<off_t>(end));
        const auto gaps = log::read_gaps(live.block());
        REQUIRE(gaps.size() == 1);
        CHECK(gaps[0].from == std::min(limit / 4, 1024 * kb));
        CHECK(end - gaps[0].to >= (limit - gaps[0].from) / 2);
        CHECK(bound.free_history(end) == (limit > 256 * kb));
    }
}

TEST_CASE("free history until there is none") {
    const auto fd = memory_file();
    const auto live_fd = memory_file();
    const LiveMap live = new_live(live_fd.get());
    log::LogBound bound(fd.get(), live.block(), std::uint64_t{4} << 30);
    constexpr std::uint64_t end = 20480 * kb;
    REQUIRE(sys::write_all(fd.get(), std::string(end, 'x')));
    int steps = 0;
    while (bound.free_history(end)) REQUIRE(++steps < 100);
    CHECK(steps > 1);
    CHECK(allocated(fd.get()) <= 256 * kb);
    CHECK(allocated(fd.get()) > 0);
}

TEST_CASE("points of the timeline get rarer with the run's age") {
    CHECK(TimelineWriter::spacing(0) == 100 * ns_per_ms);
    CHECK(TimelineWriter::spacing(-5 * ns_per_second) == 100 * ns_per_ms);
    CHECK(TimelineWriter::spacing(3600 * ns_per_second) == 100 * ns_per_ms);
    CHECK(TimelineWriter::spacing(1'000'000 * ns_per_second) == 10 * ns_per_second);
}

TEST_CASE("a clock that is set back or forth leaves points all the same") {
    const auto fd = memory_file();
    TimelineWriter writer(fd.get(), 1000 * ns_per_second);
    const Nanoseconds moments[]{1000, 1001, 900, 900, 901, 5000, 1002};
    std::uint64_t offset = 0;
    for (const Nanoseconds second : moments)
        writer.note_output(second * ns_per_second, offset += 10);
    const auto timeline = Timeline::read(fd.get());
    REQUIRE(timeline);
    CHECK(timeline->records().size() == 6); // the second 900 came too soon
    CHECK(timeline->time_of(30) == 900 * ns_per_second);
    CHECK(timeline->time_of(65) == 5000 * ns_per_second);
    CHECK(timeline->time_of(75) == 1002 * ns_per_second);
    CHECK(timeline->time_of(5) == std::nullopt);
}

TEST_CASE("a part of a record does not put later ones out of step") {
    const auto fd = memory_file();
    const TimelineWriter writer(fd.get(), 0);
    const TimelineRecord first{1, 2, RecordKind::run, 3};
    const TimelineRecord second{4, 5, RecordKind::output, 0};
    writer.append(first);
    REQUIRE(sys::write_all(fd.get(), "partial"));
    CHECK(Timeline::read(fd.get())->records() == std::vector{first});
    const sys::UniqueFd appending(::dup(fd.get()));
    REQUIRE(::fcntl(appending.get(), F_SETFL, O_APPEND) == 0);
    writer.append(second);
    CHECK(Timeline::read(fd.get())->records() == std::vector{first, second});
}

TEST_CASE("a timeline does not grow without end") {
    const auto fd = memory_file();
    REQUIRE(::ftruncate(fd.get(), (off_t{16} << 20) + 24) == 0);
    const TimelineWriter writer(fd.get(), 0);
    const off_t before = size_of(fd.get());
    writer.append({1, 2, RecordKind::resize, 3});
    CHECK(size_of(fd.get()) == before);
    REQUIRE(::lseek(fd.get(), 0, SEEK_END) > 0);
    writer.append({1, 2, RecordKind::output, 3});
    CHECK(size_of(fd.get()) > 0);
    REQUIRE(::ftruncate(fd.get(), (off_t{64} << 20) + 24) == 0);
    writer.append({1, 2, RecordKind::output, 3});
    CHECK(size_of(fd.get()) == (off_t{64} << 20) + 24);
}
