// Puts the new terminal in the place of the old one, in one process.
#include "adopt/descriptor_move.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace outlast::adopt {
namespace {

constexpr int kept_flags = O_ACCMODE | O_APPEND | O_NONBLOCK;
constexpr int lowest_saved = 3;  // standard descriptors that are closed stay so
constexpr int compare_files = 0; // KCMP_FILE, linux/kcmp.h

/// Whether two descriptors of a process are one open file (kcmp(2)); where the kernel does not
/// tell, they are taken to be two.
bool share_a_file(pid_t pid, int one, int other) {
    return ::syscall(SYS_kcmp, pid, pid, compare_files, one, other) == 0;
}

std::string path_argument(const std::string& path) { return path + '\0'; }

} // namespace

Result<> DescriptorMove::close(int fd) {
    const auto closed = m_process.call("close", SYS_close, {word(fd)});
    if (!closed) return fail(closed.error());
    return {};
}

Result<int> DescriptorMove::open_path(const std::string& path, int flags) {
    const auto place = m_process.place(path_argument(path));
    if (!place) return fail(place.error());
    const auto fd =
        m_process.call("openat " + path, SYS_openat,
                       {word(AT_FDCWD), *place, word(flags | O_NOCTTY | O_CLOEXEC), 0, 0, 0});
    if (!fd) return fail(fd.error());
    return static_cast<int>(*fd);
}

Result<int> DescriptorMove::open_terminal(int flags, const NewTerminal& terminal,
                                          Journal& journal) {
    Result<int> fd = fail(Errc::refused, terminal.path());
    for (const std::string& path : {terminal.path(), terminal.path_through_us()}) {
        auto opened = open_path(path, flags);
        if (!opened) {
            if (fd || fd.error().is(Errc::refused)) fd = std::move(opened);
            continue;
        }
        if (terminal.is_behind(m_process.pid(), *opened)) {
            const int number = *opened;
            journal.add("a descriptor of the new terminal",
                        [this, number] { return close(number); });
            m_sources.push_back({number, flags, -1, -1});
            return number;
        }
        static_cast<void>(close(*opened));
        fd = fail(Errc::refused, terminal.path(), "in its container that is another terminal");
    }
    return fd;
}

Result<int> DescriptorMove::opened(const NewTerminal& terminal, Journal& journal) {
    if (!m_sources.empty()) return m_sources.front().fd;
    return open_terminal(O_RDWR, terminal, journal);
}

Result<> DescriptorMove::copy_signal_owner(const TerminalDescriptor& descriptor, int source) {
    // struct f_owner_ex: to whom SIGIO goes (F_SETOWN_EX).
    const auto owner = m_process.call("F_GETOWN_EX", SYS_fcntl,
                                      {word(descriptor.fd), F_GETOWN_EX, m_process.room()});
    if (!owner) return fail(owner.error());
    const auto set =
        m_process.call("F_SETOWN_EX", SYS_fcntl, {word(source), F_SETOWN_EX, m_process.room()});
    if (!set) return fail(set.error());
    const auto flags =
        m_process.call("F_SETFL", SYS_fcntl, {word(source), F_SETFL, word(descriptor.flags)});
    if (!flags) return fail(flags.error());
    return {};
}

Result<int> DescriptorMove::source_for(const TerminalDescriptor& descriptor,
                                       const NewTerminal& terminal, Journal& journal) {
    const int flags = descriptor.flags & kept_flags;
    for (const Source& source : m_sources) {
        if (source.flags == flags && source.like >= 0 &&
            share_a_file(m_process.pid(), descriptor.fd, source.like)) {
            return source.fd;
        }
    }
    const auto fd = open_terminal(flags, terminal, journal);
    if (!fd) return fail(fd.error());
    if ((descriptor.flags & O_ASYNC) != 0) {
        if (auto copied = copy_signal_owner(descriptor, *fd); !copied) return fail(copied.error());
    }
    return *fd;
}

Result<> DescriptorMove::change_watch(int operation, const Watch& watch) {
    epoll_event event{};
    event.events = watch.events;
    event.data.u64 = watch.data;
    std::array<char, sizeof event> bytes{};
    std::memcpy(bytes.data(), &event, sizeof event);
    const auto place = m_process.place({bytes.data(), bytes.size()});
    if (!place) return fail(place.error());
    const auto changed = m_process.call("epoll_ctl", SYS_epoll_ctl,
                                        {word(watch.set), word(operation), word(watch.fd), *place});
    if (!changed) return fail(changed.error());
    return {};
}

Result<> DescriptorMove::replace(const TerminalDescriptor& descriptor,
                                 const std::vector<Watch>& watches, Source& source,
                                 Journal& journal) {
    if (source.saved < 0) {
        const auto saved = m_process.call("F_DUPFD_CLOEXEC", SYS_fcntl,
                                          {word(descriptor.fd), F_DUPFD_CLOEXEC, lowest_saved});
        if (!saved) return fail(saved.error());
        source.saved = static_cast<int>(*saved);
        journal.add("a second descriptor of the old terminal",
                    [this, number = source.saved] { return close(number); });
    }
    const int kept = source.saved;
    std::vector<Watch> removed;
    for (const Watch& watch : watches) {
        if (watch.fd != descriptor.fd) continue;
        auto gone = change_watch(EPOLL_CTL_DEL, watch);
        // A set that another process shares has lost it already, or watches an older file.
        if (!gone && gone.error().is_errno(ENOENT)) continue;
        if (!gone) return gone;
        removed.push_back(watch);
        journal.add("an epoll set without the old terminal",
                    [this, watch] { return change_watch(EPOLL_CTL_ADD, watch); });
    }
    const int flags = descriptor.close_on_exec ? O_CLOEXEC : 0;
    const auto put = [this, number = descriptor.fd, flags](int from) -> Result<> {
        const auto done = m_process.call("dup3", SYS_dup3, {word(from), word(number), word(flags)});
        if (!done) return fail(done.error());
        return {};
    };
    if (auto done = put(source.fd); !done) return done;
    journal.add("descriptor " + std::to_string(descriptor.fd) + " on the new terminal",
                [put, kept] { return put(kept); });
    for (const Watch& watch : removed) {
        if (auto added = change_watch(EPOLL_CTL_ADD, watch); !added) return added;
        journal.add("an epoll set that watches the new terminal",
                    [this, watch] { return change_watch(EPOLL_CTL_DEL, watch); });
    }
    return {};
}

Result<> DescriptorMove::move(const TerminalUse& use, const NewTerminal& terminal,
                              Journal& journal) {
    std::vector<int>
        sources; // before anything is replaced: files are compared by their descriptors
    for (const TerminalDescriptor& descriptor : use.descriptors) {
        const auto source = source_for(descriptor, terminal, journal);
        if (!source) return fail(source.error());
        sources.push_back(*source);
        for (Source& known : m_sources) {
            if (known.fd == *source && known.like < 0) known.like = descriptor.fd;
        }
    }
    for (std::size_t i = 0; i < use.descriptors.size(); ++i) {
        const auto source = std::find_if(m_sources.begin(), m_sources.end(),
                                         [&](const auto& each) { return each.fd == sources[i]; });
        if (auto done = replace(use.descriptors[i], use.watches, *source, journal); !done)
            return done;
    }
    return {};
}

void DescriptorMove::finish() {
    for (const Source& source : m_sources) {
        if (source.saved >= 0) static_cast<void>(close(source.saved));
        static_cast<void>(close(source.fd));
    }
    m_sources.clear();
}

} // namespace outlast::adopt
