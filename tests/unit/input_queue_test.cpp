// Input is typed once, whoever sends it again, and in the order in which it came.
#include "keeper/input_queue.hpp"

#include <doctest/doctest.h>

#include <array>
#include <fcntl.h>
#include <memory>
#include <unistd.h>

using namespace outlast;
using keeper::InputQueue;

namespace {

struct Queue {
    Queue() {
        int ends[2];
        REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
        out = ends[0];
        in = ends[1];
    }
    ~Queue() {
        ::close(out);
        ::close(in);
    }
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;
    Queue(Queue&&) = delete;
    Queue& operator=(Queue&&) = delete;

    std::string typed() {
        grown = queue.write_to(in);
        std::array<char, 4096> bytes{};
        const ssize_t count = ::read(out, bytes.data(), bytes.size());
        return {bytes.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
    }

    std::unique_ptr<log::LiveBlock> live = std::make_unique<log::LiveBlock>();
    InputQueue queue{*live};
    int out = -1;
    int in = -1;
    std::vector<std::uint64_t> grown;
};

} // namespace

TEST_CASE("what is sent again is typed once") {
    Queue each;
    each.queue.add(7, 0, "abc");
    each.queue.add(7, 1, "bcd");
    CHECK(each.typed() == "abcd");
    CHECK(each.queue.taken(7) == 4);
    each.queue.add(7, 0, "abcd");
    CHECK(each.typed().empty());
    each.queue.add(7, 2, "cdef");
    CHECK(each.typed() == "ef");
    CHECK(each.grown == std::vector<std::uint64_t>{7});
}

TEST_CASE("a new keeper goes on counting where the last one stopped") {
    Queue each;
    each.queue.add(7, 0, "abc");
    CHECK(each.typed() == "abc");
    InputQueue successor(*each.live);
    CHECK(successor.taken(7) == 3);
    successor.add(7, 0, "abcd");
    CHECK(successor.write_to(each.in) == std::vector<std::uint64_t>{7});
    CHECK(each.typed() == "d");
}

TEST_CASE("an end of input right behind input that waits is not taken for a repetition") {
    Queue each;
    each.queue.add(7, 0, "abc");
    each.queue.add_uncounted("\004");
    each.queue.add(7, 3, "d");
    CHECK(each.typed() == "abc\004d");
    CHECK(each.queue.taken(7) == 4);
    CHECK(each.queue.taken(0) == 0);
    CHECK(each.queue.is_empty());
}
