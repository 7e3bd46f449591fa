// What kinds of file systems mean for the jobs kept there.
#include "check/folder_findings.hpp"
#include "sys/file_system.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace outlast;
using namespace outlast::check;

namespace {

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

sys::FileSystem roomy(std::uint64_t magic) {
    return {sys::file_system_kind(magic), 100 * gib, 50 * gib, 1'000'000, 900'000};
}

Health mark_of(const Findings& findings, const std::string& topic) {
    for (const Finding& finding : findings) {
        if (finding.topic == topic) return finding.mark;
    }
    FAIL("no line about " << topic);
    return Health::unknown;
}

} // namespace

TEST_CASE("a file system's kind decides what may become of the jobs' folder") {
    struct Row {
        std::uint64_t magic;
        const char* name;
        Health mark;
    };
    const Row rows[] = {{0xEF53, "ext4", Health::good},        {0x9123683E, "Btrfs", Health::good},
                        {0x01021994, "tmpfs", Health::risk},   {0x6969, "NFS", Health::note},
                        {0x0BD00BD0, "Lustre", Health::note},  {0x5346414F, "AFS", Health::unknown},
                        {0xF15F, "eCryptfs", Health::unknown}, {0x12345678, "", Health::good}};
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CHECK(std::string(sys::file_system_kind(row.magic).name) == row.name);
        CHECK(mark_of(judge_file_system(roomy(row.magic), "/home/ann/x"), "state") == row.mark);
    }
}

TEST_CASE("room is bytes and files; a file system without a bound on files has enough of them") {
    sys::FileSystem system = roomy(0xEF53);
    CHECK(mark_of(judge_file_system(system, "/x"), "space") == Health::good);
    system.free_bytes = 4 * gib;
    CHECK(mark_of(judge_file_system(system, "/x"), "space") == Health::risk);
    system.bytes = gib;
    system.free_bytes = gib / 2;
    CHECK(mark_of(judge_file_system(system, "/x"), "space") == Health::note);
    system.free_files = 12;
    CHECK(mark_of(judge_file_system(system, "/x"), "space") == Health::risk);
    system.files = system.free_files = 0;
    CHECK(mark_of(judge_file_system(system, "/x"), "space") == Health::note);
}
