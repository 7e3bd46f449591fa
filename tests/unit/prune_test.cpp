// Jobs that ended long ago go, once a day.
#include "job/prune.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <sys/stat.h>

using namespace outlast;

namespace {

constexpr Nanoseconds day = 86400 * ns_per_second;

/// A state directory of its own, through OUTLAST_STATE_DIR.
class StateDirectory {
public:
    StateDirectory() {
        REQUIRE(::mkdtemp(m_path.data()) != nullptr);
        ::setenv("OUTLAST_STATE_DIR", m_path.c_str(), 1);
    }
    StateDirectory(const StateDirectory&) = delete;
    StateDirectory& operator=(const StateDirectory&) = delete;
    StateDirectory(StateDirectory&&) = delete;
    StateDirectory& operator=(StateDirectory&&) = delete;
    ~StateDirectory() {
        ::unsetenv("OUTLAST_STATE_DIR");
        (void)sys::remove_tree_at(AT_FDCWD, m_path);
    }

    /// A job that ended so many days ago.
    void add(int number, int days) const {
        const std::string folder = m_path + "/jobs/" + std::to_string(number);
        REQUIRE(sys::make_directories(folder));
        const auto fd = sys::open_directory(folder);
        const Nanoseconds ended = sys::realtime_now() - days * day;
        REQUIRE(sys::replace_file_at(fd->get(), "state.json",
                                     "{\"name\":\"x\",\"phase\":\"ended\",\"run\":1,\"fate\":{"
                                     "\"kind\":\"exited\",\"code\":0,\"ended_at_ns\":" +
                                         std::to_string(ended) + "}}",
                                     sys::Durability::page_cache));
    }
    void age_marker() const {
        const timespec old[2]{{1000, 0}, {1000, 0}};
        REQUIRE(::utimensat(AT_FDCWD, (m_path + "/pruned").c_str(), old, 0) == 0);
    }

private:
    std::string m_path = "/tmp/outlast-prune-XXXXXX";
};

} // namespace

TEST_CASE("old jobs go by themselves, at most once a day") {
    const StateDirectory state;
    state.add(1, 31);
    state.add(2, 29);
    auto registry = job::Registry::open(job::Registry::Missing::create);
    REQUIRE(registry);
    using Numbers = std::vector<std::uint64_t>;

    job::prune_now_and_then(*registry, 0);
    CHECK(registry->numbers() == Numbers{1, 2});
    job::prune_now_and_then(*registry, 30 * day);
    CHECK(registry->numbers() == Numbers{2});

    state.add(3, 31);
    job::prune_now_and_then(*registry, 30 * day);
    CHECK(registry->numbers() == Numbers{2, 3});
    state.age_marker();
    job::prune_now_and_then(*registry, 30 * day);
    CHECK(registry->numbers() == Numbers{2});
}
