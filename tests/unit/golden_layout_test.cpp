// Where each field of the shared and the stored blocks lies, against tests/golden/layouts.txt.
#include "golden_files.hpp"
#include "keeper/anchor.hpp"
#include "log/live_block.hpp"
#include "log/timeline.hpp"
#include "twin/shared_state.hpp"

#include <cstddef>
#include <cstring>
#include <memory>
#include <sys/mman.h>

using namespace outlast;
using log::LiveBlock;
using log::TimelineRecord;
using twin::SharedState;
using Descriptors = SharedState::Descriptors;

namespace {

/// Offset and size of a field, as "OFFSET SIZE".
#define FIELD(type, field)                                                                         \
    {                                                                                              \
        #type "." #field,                                                                          \
            std::to_string(offsetof(type, field)) + " " + std::to_string(sizeof(type::field))      \
    }

std::map<std::string, std::string> live_layout() {
    using ClientInput = LiveBlock::ClientInput;
    using SharedGap = LiveBlock::SharedGap;
    return {{"LiveBlock", std::to_string(sizeof(LiveBlock))},
            {"live_file_size", std::to_string(log::live_file_size)},
            FIELD(LiveBlock, magic),
            FIELD(LiveBlock, version),
            FIELD(LiveBlock, size),
            FIELD(LiveBlock, log_end),
            FIELD(LiveBlock, last_output),
            FIELD(LiveBlock, lost_bytes),
            FIELD(LiveBlock, keeper_starts),
            FIELD(LiveBlock, scribe_starts),
            FIELD(LiveBlock, drained_run),
            FIELD(LiveBlock, terminal_ended),
            FIELD(LiveBlock, drained_end),
            FIELD(LiveBlock, gap_generation),
            FIELD(LiveBlock, gap_count),
            FIELD(LiveBlock, gaps),
            FIELD(LiveBlock, inputs),
            FIELD(LiveBlock, emptied_bytes),
            FIELD(ClientInput, client),
            FIELD(ClientInput, sequence),
            FIELD(SharedGap, from),
            FIELD(SharedGap, to)};
}

std::map<std::string, std::string> timeline_layout() {
    return {{"TimelineRecord", std::to_string(sizeof(TimelineRecord))},
            FIELD(TimelineRecord, time),
            FIELD(TimelineRecord, offset),
            FIELD(TimelineRecord, kind),
            FIELD(TimelineRecord, value)};
}

std::map<std::string, std::string> anchor_layout() {
    using keeper::AnchorRecord;
    return {{"AnchorRecord", std::to_string(sizeof(AnchorRecord))},
            FIELD(AnchorRecord, magic),
            FIELD(AnchorRecord, how),
            FIELD(AnchorRecord, value),
            FIELD(AnchorRecord, usage)};
}

std::map<std::string, std::string> descriptor_layout() {
    return {{"Descriptors", std::to_string(sizeof(Descriptors))},
            FIELD(Descriptors, shared),
            FIELD(Descriptors, job_folder),
            FIELD(Descriptors, log),
            FIELD(Descriptors, live),
            FIELD(Descriptors, timeline),
            FIELD(Descriptors, events),
            FIELD(Descriptors, lock),
            FIELD(Descriptors, socket_folder),
            FIELD(Descriptors, listener),
            FIELD(Descriptors, master),
            FIELD(Descriptors, pipe_read),
            FIELD(Descriptors, pipe_write),
            FIELD(Descriptors, wake_keeper),
            FIELD(Descriptors, child),
            FIELD(Descriptors, anchor),
            FIELD(Descriptors, anchor_record),
            FIELD(Descriptors, error_log),
            FIELD(Descriptors, error_live)};
}

std::map<std::string, std::string> spec_part() {
    return {{"SharedState", std::to_string(sizeof(SharedState))},
            FIELD(SharedState, magic),
            FIELD(SharedState, version),
            FIELD(SharedState, size),
            FIELD(SharedState, fds),
            FIELD(SharedState, number),
            FIELD(SharedState, run),
            FIELD(SharedState, has_terminal),
            FIELD(SharedState, keeps_log),
            FIELD(SharedState, pinned_size),
            FIELD(SharedState, log_max),
            FIELD(SharedState, timeout),
            FIELD(SharedState, stop_grace_ms),
            FIELD(SharedState, stop_signal),
            FIELD(SharedState, kernel_tells_exit)};
}

std::map<std::string, std::string> life_part() {
    return {FIELD(SharedState, phase),
            FIELD(SharedState, child_pid),
            FIELD(SharedState, keeper_pid),
            FIELD(SharedState, scribe_pid),
            FIELD(SharedState, anchor_pid),
            FIELD(SharedState, stop_cause),
            FIELD(SharedState, child_start_ticks),
            FIELD(SharedState, started),
            FIELD(SharedState, deadline),
            FIELD(SharedState, kill_at),
            FIELD(SharedState, oom_kills_before),
            FIELD(SharedState, early_deaths)};
}

std::map<std::string, std::string> fate_part() {
    return {FIELD(SharedState, fate_kind),      FIELD(SharedState, fate_value),
            FIELD(SharedState, fate_core),      FIELD(SharedState, fate_oom),
            FIELD(SharedState, ended),          FIELD(SharedState, user_us),
            FIELD(SharedState, system_us),      FIELD(SharedState, max_resident_kb),
            FIELD(SharedState, has_usage),      FIELD(SharedState, fate_written),
            FIELD(SharedState, over),           FIELD(SharedState, fate_why),
            FIELD(SharedState, stopped_by),     FIELD(SharedState, name),
            FIELD(SharedState, socket_name),    FIELD(SharedState, socket_directory),
            FIELD(SharedState, fixed_json),     FIELD(SharedState, without_features),
            FIELD(SharedState, live_refuge),    FIELD(SharedState, drained),
            FIELD(SharedState, terminal_ended), FIELD(SharedState, output_wanted),
            FIELD(SharedState, answered)};
}

std::map<std::string, std::string> links_part() {
    return {FIELD(SharedState, links), FIELD(SharedState, holds_agent),
            FIELD(SharedState, agent_waiting), FIELD(SharedState, link_rest)};
}

std::map<std::string, std::string> adoption_part() {
    return {FIELD(SharedState, adoption),       FIELD(SharedState, exit_knowledge),
            FIELD(SharedState, adopted_at),     FIELD(SharedState, terminal_index),
            FIELD(SharedState, session_leader), FIELD(SharedState, group_count),
            FIELD(SharedState, groups),         FIELD(SharedState, member_count),
            FIELD(SharedState, members),        FIELD(SharedState, output_path)};
}

std::map<std::string, std::string> member_layout() {
    using twin::Member;
    return {{"Member", std::to_string(sizeof(Member))},
            FIELD(Member, pid),
            FIELD(Member, pidfd),
            FIELD(Member, start),
            FIELD(Member, name),
            FIELD(Member, ended)};
}

#undef FIELD

std::string bytes_of(const void* object, std::size_t size) {
    return {static_cast<const char*>(object), size};
}

} // namespace

TEST_CASE("every field lies where it always lay") {
    std::map<std::string, std::string> made;
    for (const auto& part :
         {live_layout(), timeline_layout(), anchor_layout(), descriptor_layout(), spec_part(),
          life_part(), fate_part(), links_part(), adoption_part(), member_layout()})
        made.insert(part.begin(), part.end());
    const auto expected = golden::lines("layouts.txt");
    for (const auto& [name, place] : made) {
        INFO(name, " ", place);
        const auto found = expected.find(name);
        CHECK((found != expected.end() && found->second == place));
    }
    CHECK(made.size() == expected.size());
}

TEST_CASE("no field of the shared state is left out of the golden file") {
    // The fields lie without holes but for alignment: their sizes add up to the whole.
    std::size_t sum = 0;
    for (const auto& part :
         {spec_part(), life_part(), fate_part(), links_part(), adoption_part()}) {
        for (const auto& [name, place] : part) {
            const std::size_t blank = place.find(' ');
            if (blank != std::string::npos) sum += std::stoul(place.substr(blank));
        }
    }
    CHECK(sizeof(SharedState) - sum < 32);
}

TEST_CASE("the numbers in the shared state stand for what they always stood for") {
    using namespace twin;
    CHECK(static_cast<int>(Phase::starting) == 0);
    CHECK(static_cast<int>(Phase::running) == 1);
    CHECK(static_cast<int>(Phase::paused) == 2);
    CHECK(static_cast<int>(Phase::stopping) == 3);
    CHECK(static_cast<int>(Phase::ended) == 4);
    CHECK(static_cast<int>(StopCause::asked) == 1);
    CHECK(static_cast<int>(StopCause::timeout) == 2);
    CHECK(static_cast<int>(FateKind::exited) == 1);
    CHECK(static_cast<int>(FateKind::signaled) == 2);
    CHECK(static_cast<int>(FateKind::unknown) == 3);
    CHECK(static_cast<int>(OomEvidence::kernel_log) == 1);
    CHECK(static_cast<int>(OomEvidence::cgroup) == 2);
    CHECK(static_cast<int>(OomEvidence::counter) == 3);
    CHECK(static_cast<int>(Adoption::taken) == 1);
    CHECK(static_cast<int>(Adoption::watched) == 2);
    CHECK(static_cast<int>(ExitKnowledge::kernel) == 1);
    CHECK(static_cast<int>(ExitKnowledge::tracer) == 2);
    CHECK(static_cast<int>(ExitKnowledge::parent) == 3);
}

TEST_CASE("a shared state begins with its name and its version") {
    const auto made = twin::create_shared_state();
    REQUIRE(made);
    const auto expected = golden::lines("blocks.txt");
    CHECK(golden::hex_of(bytes_of(made->state, 12)) ==
          golden::hex_of(golden::bytes_of(expected.at("shared_state"))));
    CHECK(made->state->size == sizeof(SharedState));
    CHECK(bytes_of(&made->state->fds, sizeof(Descriptors)) ==
          std::string(sizeof(Descriptors), '\xFF'));
    ::munmap(made->state, sizeof(SharedState));
    ::close(made->fd);
}

TEST_CASE("a shorter shared state of an older program is taken, the rest reads as zero") {
    const auto made = twin::create_shared_state();
    REQUIRE(made);
    made->state->child_pid = 4711;
    const sys::UniqueFd fd(made->fd);
    ::munmap(made->state, sizeof(SharedState));
    constexpr off_t older = offsetof(SharedState, socket_directory);
    REQUIRE(::ftruncate(fd.get(), older) == 0);
    const auto state = twin::map_shared_state(fd.get());
    REQUIRE(state);
    CHECK((*state)->child_pid == 4711);
    CHECK((*state)->fixed_json.view().empty());
    (*state)->version = 2;
    CHECK(twin::map_shared_state(fd.get()).error().is(Errc::incompatible));
    ::munmap(*state, sizeof(SharedState));
}

TEST_CASE("a live block in bytes") {
    const sys::UniqueFd fd(::memfd_create("live", MFD_CLOEXEC));
    const auto map = log::LiveMap::map(fd.get(), log::LiveMap::Access::write);
    REQUIRE(map);
    LiveBlock& block = map->block();
    block.log_end.store(0x1122334455667788);
    block.last_output.store(1'700'000'000'000'000'001);
    block.lost_bytes.store(5);
    block.keeper_starts.store(1);
    block.scribe_starts.store(2);
    block.drained_run.store(3);
    block.terminal_ended.store(1);
    block.drained_end.store(0x99);
    log::add_gap(block, {4096, 8192});
    block.inputs[31].client.store(7);
    block.inputs[31].sequence.store(9);
    const auto expected = golden::lines("blocks.txt");
    const std::string bytes = bytes_of(&block, log::live_file_size);
    CHECK(golden::hex_of(bytes.substr(0, 104)) ==
          golden::hex_of(golden::bytes_of(expected.at("live_start"))));
    CHECK(golden::hex_of(bytes.substr(1592, 16)) ==
          golden::hex_of(golden::bytes_of(expected.at("live_last_input"))));
    CHECK(bytes.substr(1608) == std::string(4096 - 1608, '\0'));
}

TEST_CASE("timeline records in bytes") {
    const auto expected = golden::lines("blocks.txt");
    const std::map<std::string, TimelineRecord> records{
        {"timeline_output", {1'700'000'000'000'000'001, 65536, log::RecordKind::output, 0}},
        {"timeline_resize",
         {1'700'000'000'000'000'001, 7, log::RecordKind::resize, 50 << 16 | 132}},
        {"timeline_run", {1'700'000'000'000'000'001, 0, log::RecordKind::run, 2}}};
    for (const auto& [name, record] : records) {
        CAPTURE(name);
        const std::string bytes = golden::bytes_of(expected.at(name));
        CHECK(golden::hex_of(bytes_of(&record, sizeof record)) == golden::hex_of(bytes));
        // A record that is only half there is left out.
        const sys::UniqueFd fd(::memfd_create("timeline", MFD_CLOEXEC));
        REQUIRE(sys::write_all(fd.get(), bytes + bytes.substr(0, 23)));
        const auto timeline = log::Timeline::read(fd.get());
        REQUIRE(timeline);
        REQUIRE(timeline->records().size() == 1);
        CHECK(timeline->records()[0] == record);
    }
}
