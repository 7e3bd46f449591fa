// Starts the stand-in.
#include "keeper/stand_in.hpp"

#include "sys/file.hpp"
#include "twin/twins.hpp"

#include <array>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace outlast::keeper {
namespace {

/// Less urgent than the job: it may be modelling what the job writes at full speed.
constexpr int extra_nice = 2;

struct Image {
    int program;
    std::string title;
    std::string how;
};

[[noreturn]] void become_stand_in(const Image& image, std::array<int, 3> kept) noexcept {
    for (const int fd : kept) {
        if (fd >= 0) ::fcntl(fd, F_SETFD, 0);
    }
    ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + extra_nice);
    std::array<const char*, 2> arguments{image.title.c_str(), nullptr};
    std::array<const char*, 2> environment{image.how.c_str(), nullptr};
    // execve takes char* const[] for historical reasons and changes nothing.
    ::fexecve(image.program, const_cast<char* const*>(arguments.data()),
              const_cast<char* const*>(environment.data()));
    ::_exit(1);
}

/// The log, where it is in memory; else the folder has it.
int log_to_pass(const twin::SharedState& state) {
    return state.keeps_log != 0 ? -1 : state.fds.log;
}

std::string instructions(const twin::SharedState& state, int socket) {
    std::array<char, 128> how{};
    std::snprintf(how.data(), how.size(), "%s=standin %d %d %d %u", twin::resident_variable,
                  state.fds.job_folder, socket, log_to_pass(state), state.without_features);
    return how.data();
}

} // namespace

Result<StandInProcess> start_stand_in(const twin::SharedState& state) {
    const auto program = sys::open_at(AT_FDCWD, "/proc/self/exe", O_PATH);
    if (!program) return fail(program.error());
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return fail_errno("socketpair");
    sys::UniqueFd ours(ends[0]);
    const sys::UniqueFd theirs(ends[1]);
    ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
    const Image image{program->get(),
                      "outlast: stand-in " + std::to_string(state.number) + " (" +
                          std::string(state.name.view()) + ")",
                      instructions(state, theirs.get())};
    const pid_t pid = ::fork();
    if (pid < 0) return fail_errno("start the stand-in");
    if (pid == 0) become_stand_in(image, {state.fds.job_folder, theirs.get(), log_to_pass(state)});
    return StandInProcess{pid, std::move(ours)};
}

} // namespace outlast::keeper
