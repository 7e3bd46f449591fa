// Frames cut from a stream, and input on its way to a terminal.
#include "keeper/input_queue.hpp"
#include "sys/unique_fd.hpp"
#include "wire/messages.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace outlast;
using keeper::InputQueue;
using wire::Frame;
using wire::FrameReader;
using wire::FrameType;

namespace {

struct Pipe {
    Pipe() {
        int ends[2];
        REQUIRE(::pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0);
        read.reset(ends[0]);
        write.reset(ends[1]);
    }
    std::string take() const {
        std::string bytes(100000, '\0');
        const ssize_t count = ::read(read.get(), bytes.data(), bytes.size());
        bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        return bytes;
    }
    sys::UniqueFd read, write;
};

log::LiveMap new_live() {
    const sys::UniqueFd fd(::memfd_create("test", MFD_CLOEXEC));
    auto map = log::LiveMap::map(fd.get(), log::LiveMap::Access::write);
    REQUIRE(map);
    return std::move(*map);
}

} // namespace

TEST_CASE("frames come out whole however the bytes arrive") {
    const std::vector<Frame> frames{{FrameType::ok, ""},
                                    {FrameType::input, std::string(wire::max_payload, 'x')},
                                    {FrameType::stop, "abc"}};
    std::string bytes;
    for (const Frame& frame : frames) bytes += wire::encode(frame);
    for (const std::size_t step :
         {std::size_t{1}, std::size_t{7}, std::size_t{4096}, bytes.size()}) {
        FrameReader reader;
        std::vector<Frame> found;
        for (std::size_t at = 0; at < bytes.size(); at += step) {
            reader.add(std::string_view(bytes).substr(at, step));
            for (;;) {
                auto frame = reader.next();
                REQUIRE(frame);
                if (!*frame) break;
                found.push_back(std::move(**frame));
            }
        }
        REQUIRE(found.size() == frames.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
            CHECK(found[i].type == frames[i].type);
            CHECK(found[i].payload == frames[i].payload);
        }
    }
}

TEST_CASE("a frame that is too long is damage as soon as its length is there") {
    FrameReader reader;
    reader.add(std::string("\x01\x00\x01\x00\x01\x00\x00\x00", 8));
    CHECK(reader.next().error().is(Errc::damaged));
}

TEST_CASE("payloads that are too short") {
    for (std::size_t size = 0; size < 20; ++size) {
        const Frame frame{FrameType::stop, std::string(size, '\xff')};
        CHECK_FALSE(wire::parse_stop(frame).has_value()); // its text is said to have 65,535 bytes
        (void)wire::parse_attach(frame);
        (void)wire::parse_viewers(frame);
        (void)wire::parse_error(frame);
        CHECK_FALSE(wire::parse_hello(frame).has_value());
    }
}

TEST_CASE("input sent again is not typed twice") {
    const auto live = new_live();
    const Pipe terminal;
    InputQueue queue(live.block());
    queue.add(1, 0, "hello ");
    queue.add(1, 3, "lo world"); // overlaps what is waiting
    CHECK(queue.write_to(terminal.write.get()) == std::vector<std::uint64_t>{1});
    CHECK(queue.taken(1) == 11);
    queue.add(1, 0, "hello world!"); // a new connection sends from its start
    queue.add(2, 0, "x");
    queue.add(1, 5, "again");
    CHECK(queue.write_to(terminal.write.get()) == std::vector<std::uint64_t>{1, 2});
    CHECK(terminal.take() == "hello world!x");
    CHECK(queue.is_empty());
    // The next keeper reads the counts from the live block.
    InputQueue next(live.block());
    CHECK(next.taken(1) == 12);
    next.add(1, 11, "!?");
    (void)next.write_to(terminal.write.get());
    CHECK(terminal.take() == "?");
}

TEST_CASE("a terminal that takes nothing") {
    const auto live = new_live();
    const Pipe terminal;
    InputQueue queue(live.block());
    const std::string piece(16384, 'a');
    std::uint64_t sent = 0;
    while (!queue.is_full()) {
        queue.add(1, sent, piece);
        sent += piece.size();
        (void)queue.write_to(terminal.write.get());
    }
    const std::uint64_t taken = queue.taken(1);
    CHECK(taken < sent);
    std::string all = terminal.take();
    while (!queue.is_empty()) {
        (void)queue.write_to(terminal.write.get());
        all += terminal.take();
    }
    CHECK(all.size() == sent);
    CHECK(queue.taken(1) == sent);
}

TEST_CASE("more clients than there are slots") {
    const auto live = new_live();
    const Pipe terminal;
    InputQueue queue(live.block());
    for (std::uint64_t client = 1; client <= 100; ++client) {
        queue.add(client, 0, "ab");
        (void)queue.write_to(terminal.write.get());
        CHECK(queue.taken(client) == 2);
    }
    CHECK(terminal.take().size() == 200);
}
