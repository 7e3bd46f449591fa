// Files relative to an open directory.
#include "sys/file.hpp"

#include <cerrno>
#include <climits>
#include <dirent.h>
#include <memory>

namespace outlast::sys {

Result<UniqueFd> open_at(int directory, const std::string& name, int flags, mode_t mode) {
    for (;;) {
        UniqueFd fd(::openat(directory, name.c_str(), flags | O_CLOEXEC, mode));
        if (fd) return fd;
        if (errno != EINTR) return fail_errno(name);
    }
}

bool exists(const std::string& path) noexcept { return ::access(path.c_str(), F_OK) == 0; }

Result<UniqueFd> open_directory(const std::string& path) {
    return open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
}

Result<std::string> read_file_at(int directory, const std::string& name, std::size_t limit) {
    // A FIFO somebody put there must not stop us; for files it makes no difference.
    const auto fd = open_at(directory, name, O_RDONLY | O_NOCTTY | O_NONBLOCK);
    if (!fd) return fail(fd.error());
    std::string bytes;
    std::size_t have = 0;
    std::size_t chunk = 4096;
    for (;;) {
        bytes.resize(have + chunk);
        const ssize_t count = ::read(fd->get(), bytes.data() + have, chunk);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_errno(name);
        have += static_cast<std::size_t>(count);
        if (have > limit) return fail_errno(EFBIG, name);
        if (count == 0) break;
        chunk = chunk < 65536 ? chunk * 2 : chunk;
    }
    bytes.resize(have);
    return bytes;
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
    return read_file_at(AT_FDCWD, path, limit);
}

Result<> write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_errno("write");
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

Result<std::size_t> read_at(int fd, char* into, std::size_t size, std::uint64_t offset) {
    std::size_t have = 0;
    while (have < size) {
        const ssize_t count =
            ::pread(fd, into + have, size - have, static_cast<off_t>(offset + have));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_errno("read");
        if (count == 0) break;
        have += static_cast<std::size_t>(count);
    }
    return have;
}

Result<std::size_t> read_once(int fd, char* into, std::size_t size) {
    for (;;) {
        const ssize_t count = ::read(fd, into, size);
        if (count >= 0) return static_cast<std::size_t>(count);
        if (errno != EINTR) return fail_errno("read");
    }
}

Result<> replace_file_at(int directory, const std::string& name, std::string_view bytes,
                         Durability durability) {
    const std::string temporary = name + ".new";
    auto fd = open_at(directory, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW);
    if (!fd) return fail(fd.error());
    Result<> written = write_all(fd->get(), bytes);
    if (written && durability == Durability::on_disk && ::fsync(fd->get()) != 0) {
        written = fail_errno("fsync " + temporary);
    }
    if (written && ::renameat(directory, temporary.c_str(), directory, name.c_str()) != 0) {
        written = fail_errno("rename " + temporary);
    }
    if (!written) {
        ::unlinkat(directory, temporary.c_str(), 0);
        return written;
    }
    // A directory on some network file systems cannot be fsynced (EINVAL): the rename is all there
    // is.
    if (durability == Durability::on_disk && ::fsync(directory) != 0 && errno != EINVAL &&
        errno != EBADF) {
        return fail_errno("fsync the directory of " + name);
    }
    return {};
}

Result<> make_directories(const std::string& path) {
    for (std::size_t at = 1; at <= path.size(); ++at) {
        if (at < path.size() && path[at] != '/') continue;
        const std::string part = path.substr(0, at);
        if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) {
            const int number = errno;
            struct stat info {};
            // EROFS or EACCES is also what an existing directory on such a file system may answer.
            if (::stat(part.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) continue;
            return fail_errno(number, "mkdir " + part);
        }
    }
    return {};
}

Result<std::vector<std::string>> list_directory_at(int directory, const std::string& name) {
    auto fd = open_at(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!fd) return fail(fd.error());
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(fd->get()), ::closedir);
    if (!stream) return fail_errno(name);
    (void)fd->release(); // closedir owns it now
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(stream.get())) {
        const std::string_view found = entry->d_name;
        if (found != "." && found != "..") names.emplace_back(found);
    }
    return names;
}

Result<> remove_tree_at(int directory, const std::string& name) {
    if (::unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) return {};
    if (errno != EISDIR && errno != EPERM) return fail_errno("remove " + name);
    const auto folder = open_at(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!folder) return fail(folder.error());
    const auto names = list_directory_at(folder->get(), ".");
    if (!names) return fail(names.error());
    for (const std::string& entry : *names) {
        if (auto removed = remove_tree_at(folder->get(), entry); !removed) return removed;
    }
    if (::unlinkat(directory, name.c_str(), AT_REMOVEDIR) != 0) return fail_errno("remove " + name);
    return {};
}

Result<std::string> read_link_at(int directory, const std::string& name) {
    std::array<char, 4096> target{};
    const ssize_t length = ::readlinkat(directory, name.c_str(), target.data(), target.size());
    if (length < 0) return fail_errno("read link " + name);
    return std::string(target.data(), static_cast<std::size_t>(length));
}

std::string path_of(int fd) {
    std::string path(PATH_MAX, '\0');
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
    if (length <= 0) return {};
    path.resize(static_cast<std::size_t>(length));
    return path;
}

} // namespace outlast::sys
