// What every run needs before its command.
#include "keeper/run_pieces.hpp"

#include "sys/file.hpp"
#include "sys/pty.hpp"
#include "sys/unix_socket.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace outlast::keeper {

using twin::Launch;
using twin::SharedState;

Result<Pipe> open_pipe(int flags) {
    int ends[2];
    if (::pipe2(ends, flags | O_CLOEXEC) != 0) return fail_errno("pipe");
    return Pipe{sys::UniqueFd(ends[0]), sys::UniqueFd(ends[1])};
}

Result<> open_shared_pieces(SharedState& state) {
    state.fds.wake_keeper = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (state.fds.wake_keeper < 0) return fail_errno("eventfd");
    const bool pumped = state.has_terminal != 0 || state.keeps_log == 0;
    if (!pumped) return {};
    auto pipe = open_pipe(O_NONBLOCK);
    if (!pipe) return fail(pipe.error());
    state.fds.pipe_read = pipe->read.release();
    state.fds.pipe_write = pipe->write.release();
    return {};
}

Result<sys::UniqueFd> open_terminal(SharedState& state, const Launch& launch) {
    auto pair = sys::open_pty();
    if (!pair) return fail(pair.error());
    ::tcsetattr(pair->slave.get(), TCSANOW, &launch.attributes);
    if (auto sized = sys::set_window_size(pair->slave.get(), launch.size); !sized)
        return fail(sized.error());
    state.fds.master = pair->master.release();
    return std::move(pair->slave);
}

Result<> open_listener(SharedState& state) {
    constexpr int backlog = 64;
    const std::string name(state.socket_name.view());
    // The directory may have been deleted, or moved, and made anew.
    const auto folder = sys::open_at(AT_FDCWD, std::string(state.socket_directory.view()),
                                     O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    struct stat info {};
    const bool ours = folder && ::fstat(folder->get(), &info) == 0 && info.st_uid == ::geteuid() &&
                      (info.st_mode & 077) == 0;
    if (ours) ::dup3(folder->get(), state.fds.socket_folder, O_CLOEXEC);
    auto listener = sys::listen_at(state.fds.socket_folder, name, backlog);
    if (!listener) return fail(listener.error());
    if (state.fds.listener >= 0) ::close(state.fds.listener);
    state.fds.listener = listener->release();
    return {};
}

void tell_caller(const Launch& launch, const twin::StartReport& report) {
    (void)!::write(launch.report, &report, sizeof report);
}

} // namespace outlast::keeper
