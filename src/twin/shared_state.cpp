// The block of memory that keeper and scribe share.
#include "twin/shared_state.hpp"

#include "log/live_block.hpp"

#include <cstring>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace outlast::twin {
namespace {

constexpr std::array<char, 8> shared_magic{'O', 'U', 'T', 'L', 'T', 'W', 'N', '1'};

constexpr off_t whole_size = live_refuge_offset + static_cast<off_t>(log::live_file_size);

Result<SharedState*> map(int fd) {
    void* memory = ::mmap(nullptr, sizeof(SharedState), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return fail_errno("map the shared state");
    return static_cast<SharedState*>(memory);
}

} // namespace

std::string_view phase_name(Phase phase) noexcept {
    switch (phase) {
    case Phase::starting: return "starting";
    case Phase::running: return "running";
    case Phase::paused: return "paused";
    case Phase::stopping: return "stopping";
    case Phase::ended: return "ended";
    }
    return "unknown";
}

std::array<std::int32_t, SharedState::fd_count> SharedState::descriptors() const noexcept {
    std::array<std::int32_t, fd_count> all{};
    std::memcpy(all.data(), &fds, sizeof fds);
    std::size_t next = sizeof fds / sizeof(std::int32_t);
    // In a block of an older program these read as zero.
    const auto add = [&](std::int32_t fd) { all[next++] = fd > 0 ? fd : -1; };
    add(agent_waiting);
    for (std::size_t i = 0; i < most_watched; ++i) add(members[i].pidfd);
    return all;
}

Result<MappedState> create_shared_state() {
    const int fd = ::memfd_create("outlast-state", MFD_CLOEXEC);
    if (fd < 0) return fail_errno("memfd_create");
    if (::ftruncate(fd, whole_size) != 0) {
        ::close(fd);
        return fail_errno("ftruncate");
    }
    const auto state = map(fd);
    if (!state) {
        ::close(fd);
        return fail(state.error());
    }
    SharedState& block = **state;
    block.magic = shared_magic;
    block.version = shared_state_version;
    block.size = sizeof(SharedState);
    auto* numbers = reinterpret_cast<std::int32_t*>(&block.fds);
    for (std::size_t i = 0; i < sizeof block.fds / sizeof *numbers; ++i) numbers[i] = -1;
    return MappedState{*state, fd};
}

Result<SharedState*> map_shared_state(int fd) {
    struct stat info {};
    if (::fstat(fd, &info) != 0) return fail_errno("the shared state");
    // An older build's block is shorter: what it lacks reads as zero.
    if (info.st_size < whole_size && ::ftruncate(fd, whole_size) != 0) {
        return fail_errno("the shared state");
    }
    auto state = map(fd);
    if (!state) return state;
    if ((*state)->magic != shared_magic || (*state)->version != shared_state_version) {
        ::munmap(*state, sizeof(SharedState));
        return fail(Errc::incompatible, "the running keeper's state has another layout");
    }
    return state;
}

} // namespace outlast::twin
