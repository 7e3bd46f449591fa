// Files relative to an open directory: reading, writing, replacing atomically.
#pragma once

#include "base/result.hpp"
#include "sys/unique_fd.hpp"

#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <vector>

namespace outlast::sys {

enum class Durability { page_cache, on_disk };

/// openat(2), always close-on-exec. `mode` is used with O_CREAT.
[[nodiscard]] Result<UniqueFd> open_at(int directory, const std::string& name, int flags,
                                       mode_t mode = 0600);
/// Whether something is there that we can see (access(2), F_OK).
[[nodiscard]] bool exists(const std::string& path) noexcept;
[[nodiscard]] Result<UniqueFd> open_directory(const std::string& path);

/// The whole file, at most `limit` bytes (EFBIG beyond). Works on /proc too.
[[nodiscard]] Result<std::string> read_file_at(int directory, const std::string& name,
                                               std::size_t limit = std::size_t{1} << 20);
[[nodiscard]] Result<std::string> read_file(const std::string& path,
                                            std::size_t limit = std::size_t{1} << 20);

/// Writes all bytes, going on after EINTR and short writes.
[[nodiscard]] Result<> write_all(int fd, std::string_view bytes);
/// One pread(2) loop: fills up to `size` bytes at `offset`; fewer only at the end of the file.
[[nodiscard]] Result<std::size_t> read_at(int fd, char* into, std::size_t size,
                                          std::uint64_t offset);

/// One read(2), gone on with after EINTR; fewer bytes than asked for is the end of a regular file.
[[nodiscard]] Result<std::size_t> read_once(int fd, char* into, std::size_t size);

/// Replaces `name` with `bytes` (rename(2) of a temporary file): readers see the old or the new
/// content, never a part. With `on_disk` the file and the directory are fsynced before it returns.
[[nodiscard]] Result<> replace_file_at(int directory, const std::string& name,
                                       std::string_view bytes, Durability durability);

/// mkdir -p with mode 0700 for what is made; existing directories are left as they are.
[[nodiscard]] Result<> make_directories(const std::string& path);

/// Names in a directory, without "." and "..", in no order.
[[nodiscard]] Result<std::vector<std::string>> list_directory_at(int directory,
                                                                 const std::string& name);

/// rm -r below `directory`, one level of files and folders deep per recursion; symbolic links are
/// removed, never followed.
[[nodiscard]] Result<> remove_tree_at(int directory, const std::string& name);

/// readlinkat(2): what a symbolic link, or a link of /proc, holds.
[[nodiscard]] Result<std::string> read_link_at(int directory, const std::string& name);
[[nodiscard]] inline Result<std::string> read_link(const std::string& path) {
    return read_link_at(AT_FDCWD, path);
}

/// The path behind a descriptor, as /proc/self/fd tells it; empty when it cannot be told.
[[nodiscard]] std::string path_of(int fd);

} // namespace outlast::sys
