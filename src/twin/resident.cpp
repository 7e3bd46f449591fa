// What keeper and scribe have in common.
#include "twin/resident.hpp"

#include <atomic>
#include <csignal>
#include <cstdint>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace outlast::twin {
namespace {

enum Refuge : std::uint32_t { unused = 0, being_filled = 1, in_use = 2 };

// What the handler works with; set before it is installed, never changed after.
SharedState* shared = nullptr;
char* live_page = nullptr;

void raise_limit(int which) noexcept {
    rlimit limit{};
    if (::getrlimit(static_cast<__rlimit_resource>(which), &limit) != 0) return;
    if (limit.rlim_cur == limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(static_cast<__rlimit_resource>(which), &limit);
}

/// Whoever comes first brings the file's last content along.
void fill_refuge() noexcept {
    std::uint32_t expected = unused;
    if (shared->live_refuge.compare_exchange_strong(expected, being_filled)) {
        static char content[log::live_file_size]; // no room on a handler's stack is promised
        if (::pread(shared->fds.live, content, sizeof content, 0) > 0)
            (void)!::pwrite(shared->fds.shared, content, sizeof content, live_refuge_offset);
        shared->live_refuge.store(in_use);
        return;
    }
    // Bounded: the one that fills it may have been killed.
    constexpr int attempts = 10'000'000;
    for (int i = 0; i < attempts && shared->live_refuge.load() == being_filled; ++i) {
    }
}

void on_bus_error(int number, siginfo_t* info, void* /*context*/) noexcept {
    auto* at = static_cast<char*>(info->si_addr);
    const bool ours = info->si_code > 0 && at >= live_page && at < live_page + log::live_file_size;
    if (info->si_code <= 0) return; // somebody's kill(2)
    if (ours) fill_refuge();
    const bool moved = ours && ::mmap(live_page, log::live_file_size, PROT_READ | PROT_WRITE,
                                      MAP_SHARED | MAP_FIXED, shared->fds.shared,
                                      live_refuge_offset) != MAP_FAILED;
    // Not the live block: the same fault comes again and ends this process, as it should.
    if (!moved) ::signal(number, SIG_DFL);
}

void install_handler() noexcept {
    struct sigaction action {};
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO;
    sigfillset(&action.sa_mask);
    ::sigaction(SIGBUS, &action, nullptr);
    sigset_t bus;
    sigemptyset(&bus);
    sigaddset(&bus, SIGBUS);
    ::sigprocmask(SIG_UNBLOCK, &bus, nullptr);
}

} // namespace

void settle() noexcept {
    (void)!::chdir("/");
    ::umask(077);
    raise_limit(RLIMIT_FSIZE);
    raise_limit(RLIMIT_NOFILE);
    raise_limit(RLIMIT_CPU);
}

Result<log::LiveMap> open_live(SharedState& state) {
    const bool refuge = state.live_refuge.load() != unused;
    auto map = refuge ? log::LiveMap::map_at(state.fds.shared, live_refuge_offset)
                      : log::LiveMap::map(state.fds.live, log::LiveMap::Access::write);
    if (!map) return map;
    shared = &state;
    live_page = reinterpret_cast<char*>(&map->block());
    install_handler();
    return map;
}

} // namespace outlast::twin
