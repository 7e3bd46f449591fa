// A job's screen out of its folder: log, timeline, checkpoint.
#include "attach/screen_replay.hpp"
#include "sys/file.hpp"
#include "terminal/plain_text.hpp"
#include "terminal/screen.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <unistd.h>

using namespace outlast;

namespace {

/// A job's folder with a log and a timeline of one run.
struct Folder {
    Folder() {
        std::string name = "/tmp/outlast-replay-XXXXXX";
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
        folder.path = path;
        folder.fd = std::move(*sys::open_directory(path));
        record.run = 1;
        record.terminal = true;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path); }

    void append(const char* file, std::string_view bytes) const {
        const auto fd = sys::open_at(folder.fd.get(), file, O_WRONLY | O_CREAT | O_APPEND);
        REQUIRE(fd);
        REQUIRE(sys::write_all(fd->get(), bytes));
    }
    void note(log::RecordKind kind, std::uint64_t offset, std::uint32_t value) const {
        const log::TimelineRecord record_bytes{1, offset, kind, value};
        append("timeline", {reinterpret_cast<const char*>(&record_bytes), sizeof record_bytes});
    }
    [[nodiscard]] attach::ScreenReplay replay() const {
        const auto log = log::LogFile::open(folder.fd.get());
        REQUIRE(log);
        auto replay =
            attach::ScreenReplay::open(folder, record, *log, {log->size(), {24, 80, 0, 0}});
        REQUIRE(replay);
        return std::move(*replay);
    }

    std::string path;
    job::JobFolder folder;
    job::Record record;
};

} // namespace

TEST_CASE("the sizes of the timeline count, from the place where they were set") {
    const Folder job;
    job.note(log::RecordKind::run, 0, 1);
    job.note(log::RecordKind::resize, 0, 3 << 16 | 10);
    job.append("log", "0123456789abc\r\n");
    job.note(log::RecordKind::resize, 15, 4 << 16 | 20);
    job.append("log", "0123456789abc");
    auto replay = job.replay();
    CHECK(replay.whole());
    CHECK(replay.model().screen().size == terminal::Size{4, 20, 0, 0});
    CHECK(terminal::screen_text(replay.model()) == "0123456789abc\n0123456789abc\n");
}

TEST_CASE("a checkpoint stands for what is before it") {
    const Folder job;
    job.note(log::RecordKind::run, 0, 1);
    job.note(log::RecordKind::resize, 0, 5 << 16 | 30);
    job.append("log", "\033[?1049h\033[2;3Hbefore");
    {
        auto replay = job.replay();
        attach::write_checkpoint(job.folder, {1, replay.offset(), 0}, replay.model());
    }
    // What is read again from the log now would be seen.
    const auto log = sys::open_at(job.folder.fd.get(), "log", O_WRONLY);
    REQUIRE(::pwrite(log->get(), "XXXXXXXXXXXX", 12, 0) == 12);
    job.append("log", " after");
    auto replay = job.replay();
    CHECK(terminal::screen_text(replay.model()) == "\n  before after\n");
    CHECK(replay.model().screen().shown == 1);
    CHECK(replay.began_at() == 20);

    SUBCASE("one of another run does not") {
        auto checkpoint = attach::read_checkpoint(job.folder);
        REQUIRE(checkpoint);
        attach::write_checkpoint(job.folder, {2, 20, 0}, replay.model());
        CHECK(job.replay().began_at() == 0);
    }
    SUBCASE("a damaged one does not") {
        const auto file = sys::open_at(job.folder.fd.get(), "checkpoint", O_WRONLY);
        REQUIRE(::pwrite(file->get(), "?", 1, 60) == 1);
        CHECK_FALSE(attach::read_checkpoint(job.folder));
        CHECK(job.replay().began_at() == 0);
    }
}

TEST_CASE("a viewer of another size than the job's writes no checkpoint") {
    const Folder job;
    job.note(log::RecordKind::run, 0, 1);
    job.note(log::RecordKind::resize, 0, 5 << 16 | 30);
    job.append("log", "drawn for five rows");
    auto replay = job.replay();
    replay.model().resize({9, 40, 0, 0});
    attach::write_checkpoint(job.folder, {1, replay.offset(), 0}, replay.model());
    CHECK_FALSE(attach::read_checkpoint(job.folder));
}

TEST_CASE("of a long log only the end is read") {
    const Folder job;
    job.note(log::RecordKind::run, 0, 1);
    job.append("log", "\033[2;2Hgone");
    job.append("log", std::string(attach::ScreenReplay::most_replayed, '.'));
    job.append("log", "\033[H\033[2Jhere");
    auto replay = job.replay();
    CHECK_FALSE(replay.whole());
    CHECK(terminal::screen_text(replay.model()) == "here\n");
}
