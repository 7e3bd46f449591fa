// Reads a log by absolute offset.
#include "log/log_file.hpp"

#include "sys/feature.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace outlast::log {

Result<sys::UniqueFd> open_log(int folder, const std::string& name) {
    constexpr int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;
    auto fd = sys::open_at(folder, name, flags | O_NOFOLLOW);
    if (fd || !fd.error().is_errno(ELOOP)) return fd;
    struct stat info {};
    // Of a log "12/log" below the directory of all jobs too.
    if (::fstatat(folder, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0 ||
        info.st_uid != ::geteuid())
        return fd;
    auto foreign = sys::open_at(folder, name, flags);
    if (!foreign) return foreign;
    const bool is_file = ::fstat(foreign->get(), &info) == 0 && S_ISREG(info.st_mode);
    return is_file ? std::move(foreign) : std::move(fd);
}

Result<LogFile> LogFile::open(int folder, const std::string& name, const std::string& live) {
    auto fd = open_log(folder, name);
    if (!fd) return fail(fd.error());
    LogFile file(std::move(*fd));
    file.map_live(folder, live);
    return file;
}

LogFile LogFile::in_memory(sys::UniqueFd fd, int folder) {
    LogFile file(std::move(fd));
    file.map_live(folder, "live");
    return file;
}

void LogFile::map_live(int folder, const std::string& live) {
    const auto live_fd = sys::open_at(folder, live, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!live_fd) return;
    if (auto map = LiveMap::map(live_fd->get(), LiveMap::Access::read))
        m_live.emplace(std::move(*map));
}

std::uint64_t LogFile::size() const {
    struct stat info {};
    return ::fstat(m_fd.get(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

std::uint64_t LogFile::lost_bytes() const { return m_live ? m_live->block().lost_bytes.load() : 0; }

std::vector<Gap> LogFile::gaps() const {
    return m_live ? read_gaps(m_live->block()) : std::vector<Gap>();
}

Result<LogFile::Chunk> LogFile::read(std::uint64_t offset, std::size_t most) const {
    Chunk chunk;
    const auto before = gaps();
    if (const auto gap = gap_at(before, offset)) {
        chunk.gap = gap;
        return chunk;
    }
    for (const Gap& gap : before) {
        if (gap.from > offset) most = std::min<std::uint64_t>(most, gap.from - offset);
    }
    chunk.bytes.resize(most);
    const auto have = sys::read_at(m_fd.get(), chunk.bytes.data(), most, offset);
    if (!have) return fail(have.error());
    chunk.bytes.resize(*have);
    // The part may have been punched out while we read it: then it reads as zeros and is a gap by
    // now.
    for (const Gap& gap : gaps()) {
        if (gap.from < offset + *have && gap.to > offset &&
            std::find(before.begin(), before.end(), gap) == before.end()) {
            if (gap.from <= offset) return Chunk{{}, gap};
            chunk.bytes.resize(gap.from - offset);
        }
    }
    return chunk;
}

Result<std::uint64_t> LogFile::last_lines(std::uint64_t lines, std::uint64_t from,
                                          std::uint64_t end) const {
    if (lines == 0 || end <= from) return end;
    constexpr std::uint64_t block = 65536;
    const auto holes = gaps();
    std::string bytes;
    std::uint64_t seen = 0;
    std::uint64_t at = end;
    while (at > from) {
        if (const auto gap = gap_at(holes, at - 1)) {
            at = std::max(gap->from, from);
            continue;
        }
        const std::uint64_t start = std::max(from, at > block ? at - block : 0);
        bytes.resize(at - start);
        const auto have = sys::read_at(m_fd.get(), bytes.data(), bytes.size(), start);
        if (!have) return fail(have.error());
        for (std::size_t i = *have; i-- > 0;) {
            // The line feed that ends the very last line begins no further line.
            if (bytes[i] != '\n' || start + i + 1 == end) continue;
            if (++seen == lines) return start + i + 1;
        }
        at = start;
    }
    return from;
}

GrowthWatch::GrowthWatch(int log_fd) {
    struct statfs info {};
    constexpr decltype(info.f_type) nfs_magic = 0x6969;
    // Writers on other nodes make no events here.
    if (::fstatfs(log_fd, &info) == 0 && info.f_type == nfs_magic) return;
    if (sys::is_switched_off(sys::Feature::inotify)) return;
    sys::UniqueFd inotify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!inotify) return;
    const std::string path = "/proc/self/fd/" + std::to_string(log_fd);
    m_in_memory = sys::path_of(log_fd).starts_with("/memfd:");
    if (::inotify_add_watch(inotify.get(), path.c_str(), IN_MODIFY) >= 0)
        m_inotify = std::move(inotify);
}

void GrowthWatch::drain() const noexcept {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): filled by read
    alignas(inotify_event) std::array<char, 4096> events;
    while (m_inotify && ::read(m_inotify.get(), events.data(), events.size()) > 0) {
    }
}

} // namespace outlast::log
